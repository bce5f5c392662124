"""Keep runs in a database, and read and write them in other formats."""
