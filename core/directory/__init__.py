"""Names of actors: a hash table that readers never wait for."""
