"""A worker: its loop, one run of an actor, due timers, calling behaviours."""
