"""A worker: its loop, one run of an actor, due timers, dispatch to behaviours."""
