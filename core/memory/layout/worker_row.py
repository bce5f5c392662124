"""A block of words each worker, in `worker`; only its owner writes it."""

LIFO = 0  # actor just woken, or NONE
LIFO_RUNS = 1  # runs in a row taken from the LIFO slot
TICK = 2  # looks for an actor
RANDOM = 3  # state of its random numbers (core.memory.randomness)
WANTS = 4  # request of the running behaviour, such as a stop (core.actors.stages), or 0
RESERVED_TO = 5  # ref whose slots are reserved, or NONE (core.mailbox.reservation)
RESERVED_RING = 6
RESERVED_NEXT = 7  # position of the next reserved slot
RESERVED_END = 8
RESERVED_SIZE = 9  # slots claimed the last time

# Counters, read by any thread.
SENT = 16  # messages sent, ...
PROCESSED = 17  # ... handled, ...
DEAD_LETTERS = 18  # ... and sent to nobody
STEAL_ATTEMPTS = 19
STEALS = 20
PARKS = 21
VAIN_LOOKS = 22  # of TICK, those that found no actor to run
SPILLS = 23  # rings chained since the mailbox's ring was full
FAILURES = 24  # behaviours that raised; the last ones are in `fault`
REFUSED = 25  # messages for which no ring was free; also counted as dead letters
SIGNALS = 27  # signals raised, ...
SIGNALLED = 28  # ... and dealt with
RESTARTED = 29  # actors restarted
STOPPED = 30  # actors stopped

BATCH_SIZE = 31  # messages of a batch, where batches have a target (core.scheduler.batching)
FIRE_NEXT = 32  # messages and runs after which timers are looked at (core.worker.due_timers)
HELPING = (
    33  # 1 while the running behaviour's worker runs others in between (core.scheduler.helping)
)
HELPED_AT = 34  # SENT when it last did so

# More counters.
STASHED = 36  # messages put aside, ...
UNSTASHED = 37  # ... and brought back or lost with their actor
DROPPED = 38  # messages that found no room in a full mailbox; also counted as dead letters
MUTES = 39  # actors muted by a full mailbox

PRESSED = 40  # slot + 1 of a full mailbox that mutes its senders, or 0 (core.delivery.backpressure)
LOOKING = 48  # 1 while the worker looks for work or sleeps; on a line that seldom changes
WORDS = 64
