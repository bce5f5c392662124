"""Ending reasons of actors: numbers in events and watches (core.events.kinds.ENDINGS)."""

UNKNOWN = 0
STOPPED = 1  # its behaviour called ctx.stop()
POISONED = 2
KILLED = 3  # commanded by Python, or by another actor
FAILED = 4
WITH_PARENT = 5  # its parent stopped or restarted
