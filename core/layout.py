"""The columns of every table of the runtime: who writes them, and how large a row is.

A line is 64 bytes, eight int64 words. Words that different threads write lie on
different pairs of lines (128 bytes: the adjacent line is prefetched with its neighbour).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]

LINE = 8  # words of a cache line
PAIR = 16  # words of two lines, the distance between words of different writers
NONE = -1  # no actor, no ring
RING_POSITIONS = (1 << 34) - 1  # positions of a ring wrap here

# One line an actor, in `actor`.
MAIL = 0  # packed {ring, tail, flags}, see mailbox.py; senders and owner, atomic
GENERATION = 1  # counts the lives of the slot; written by the owner at stop
BEHAVIOUR = 2  # index in the behaviour table; written at spawn
READING = 3  # ring the owner reads; written by whoever wakes, then by the owner
ACTOR_LINK = 4  # the pool's links, while the slot is free
ACTOR_NEXT_BATCH = 5
KIN = 4  # {parent, next older child + 1} of a supervised actor; at spawn, then the parent's owner
STAGE = 6  # where in its life a supervised actor is (core.stages); owner
ATTACHED = 7  # ring given to an actor awake without one; sender, release, then the owner

# Two lines an actor, in `family`, where actors are supervised; zero at the start of a life.
# The first has what other threads write.
CONTROL = 0  # {generation, commands}; any thread, acq_rel
NEWS = 1  # child slot + 1: head of the stack of children with news; children, acq_rel
STATUS = 2  # what the parent has yet to learn of this actor; owner and parent, acq_rel
NEWS_NEXT = 3  # link of that stack; the child before it is pushed
FAULT_CODE = 4  # of the fault the supervisor is to judge; owner, before STATUS
CHILD = 8  # slot + 1 of the youngest child
FIRST_BEHAVIOUR = 9  # index + 1 of what a restart goes back to, 0 if it never changed
RESTARTS = 10  # in the present window
WINDOW = 11  # when that began, ns
GROUP_RESTARTS = 12  # of its children together, and the start of that window
GROUP_WINDOW = 13
YOUNGER = 14  # next younger child + 1, or 0 where that has not been noted; the parent's owner
FAMILY_WORDS = 2 * LINE

# One line a ring of a mailbox, in `ring`; its slots are in `message`.
HEAD = 0  # position of the next message to read; owner, release
NEXT = 1  # {ring + 1, position where this ring ends}, 0 while it is the last; sender, release
RING_LINK = 4
RING_NEXT_BATCH = 5

# One line a message, in `message`, or two where messages are wide.
HEADER = 0  # {stamp, generation, kind}; its release store publishes the message
SENDER = 1  # ref of the sending actor, or NO_SENDER
DATA = 2  # six words of data, 14 of a wide message
DATA_WORDS: Final = 6  # LINE - DATA, as the type checker needs it
WIDE_WORDS = PAIR - DATA
NO_SENDER = -1
POISON = -3  # SENDER of a request to stop once everything before it is handled
FILLER = -2  # SENDER of a slot claimed in bulk and given back unused (core.reserve)

# One line a node in `node`: a message that lies in no ring (core.nodes). Its line is in
# `message`, behind the rings.
NODE_NEXT = 0  # node + 1 of the next one of its list, or 0
NODE_LINK = 4  # the pool's, and the word after

# One line an actor in `aside`, where there are nodes; the owner's.
STASH_FIRST = 0  # node + 1: what ctx.stash() put aside, oldest first
STASH_LAST = 1
STASH_COUNT = 2
BACK_FIRST = 3  # node + 1: what ctx.unstash() brought back, to be handled next
BACK_COUNT = 4
IN_HAND = 5  # node + 1 of the message from the stash being handled, unless put aside again
URGENT_FIRST = 6  # node + 1: system messages taken from `urgent`, in order

# Two lines an actor in `urgent`, where there are system messages.
URGENT = 0  # {generation, node + 1}: stack of system messages; any thread, acq_rel

# One line a question between actors in `question` (core.questions).
QUESTION_STATE = 0  # {life, whether it waits}
QUESTION_ASKER = 1
QUESTION_TIMER = 2
QUESTION_LINK = 4  # the pool's, and the word after

# One line a watch in `watch` (core.watches).
WATCH_STATE = 0  # {life, phase}
WATCH_NEXT = 1  # node + 1 of the next one in its stack, or 0
WATCH_WATCHER = 2  # ref that is told, ...
WATCH_KIND = 3  # ... by a message of that kind
WATCH_LINK = 4  # the pool's, and the word after
WATCH_TARGET = 6

# One line an actor in `watched`, where there are watches.
WATCHERS = 0  # {generation, node + 1}: stack of who watches that life; any thread, acq_rel
WHY = 1  # {generation, reason} of the last life that ended; owner, before WATCHERS

# Three lines an actor, in `box`, where there are mailboxes at fixed places (core.boxes).
VARIANT = 0  # row + 1 of its mailbox in `variant`, 0 for linked rings; who spawns, relaxed
BOX_RECEIVED = LINE  # messages read in this life; owner, relaxed
BOX_HIGH_WATER = LINE + 1  # most messages that a run found waiting; owner, relaxed
MUTED = LINE + 2  # ref + 1 of the life that was muted last; owner
BOX_DROPPED = PAIR  # messages of this life there was no room for; senders, fetch_add
BOX_POISON = PAIR + 1  # ref + 1 of the life that is asked to stop, or 0; any thread, acq_rel
WAITING = PAIR + 2  # slot + 1 of a muted sender: stack of those who wait (core.muting); acq_rel
WAITS_FOR = PAIR + 3  # slot + 1 of whose stack it is on or about to be; owner, who takes it down
WAITS_NEXT = PAIR + 4  # link of that stack; the sender before it is pushed
BOX_WORDS = PAIR + LINE

# A row a kind of mailbox in `variant`: type, capacity and overflow as the behaviours ask.
ENGINE = 0  # number of its type (core.mailbox_types)
CAPACITY = 1  # what its type's kernels are given
OVERFLOW = 2  # what becomes of a message for which there is no room (core.boxes)
BOXES_START = 3  # where the box of slot 0 starts in `message`
BOX_SIZE = 4  # words of a box
LEVELS = 5  # where its levels start in `kind_level`, or NONE
LIMIT = 6  # messages from which on senders are muted (core.muting)
VARIANT_WORDS = LINE
KINDS_A_WORD = 16  # levels of so many kinds of messages in a word, 4 bits each
LEVEL_WORDS = (1 << 16) // KINDS_A_WORD

# A block of words each worker, in `worker`; only its owner writes it.
LIFO = 0  # actor just woken, or NONE
LIFO_RUNS = 1  # runs in a row taken from the LIFO slot
TICK = 2  # looks for an actor
RANDOM = 3  # state of the victim's generator
WANTS = 4  # what the running behaviour asked of its actor's life (core.stages), or 0
RESERVED_TO = 5  # ref whose slots are reserved, or NONE, see reserve.py
RESERVED_RING = 6
RESERVED_NEXT = 7  # position of the next reserved slot
RESERVED_END = 8
RESERVED_SIZE = 9  # slots claimed the last time
SENT = 16  # counters, read by anyone: messages sent, ...
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
BATCH_SIZE = 31  # messages of a batch, where batches have a target (core.batching)
FIRE_NEXT = 32  # messages and runs after which the timers are looked at (core.firing)
STASHED = 36  # messages put aside, ...
UNSTASHED = 37  # ... and brought back or lost with their actor
DROPPED = 38  # messages that a full mailbox had no room for; also counted as dead letters
MUTES = 39  # actors muted by a full mailbox
HELPING = 33  # 1 while the running behaviour's worker runs others in between (core.helping)
HELPED_AT = 34  # SENT when it last did so
PRESSED = 40  # slot + 1 of a full mailbox that mutes who sends to it, or 0 (core.muting)
LOOKING = 48  # 1 while the worker looks for work or sleeps; on a line that seldom changes
WORKER_WORDS = 64

# Words of `shared`, a pair of lines each.
STOP = 0 * PAIR
SLEEPERS = 1 * PAIR  # workers that sleep or are about to
EPOCH = 2 * PAIR  # futex of the sleepers
WAKING = 3 * PAIR  # 1 while a wake-up is on its way
INJECT_HEAD = 4 * PAIR
INJECT_TAIL = 5 * PAIR
ACTOR_POOL = 6 * PAIR  # {tag, batch} of the pool of actor slots
ACTOR_FRESH = 7 * PAIR  # actor slots never used start here
RING_POOL = 8 * PAIR
RING_FRESH = 9 * PAIR
TIMER_POOL = 12 * PAIR
DONE = 10 * PAIR  # futex: how often a behaviour finished the run
DONE_NS = 11 * PAIR
ASK_BELL = 14 * PAIR  # futex: how often a question from Python was answered
SETTINGS = 15 * PAIR  # tuned while running; Python, relaxed
BATCH_SET = SETTINGS  # messages an actor handles before others get their turn
STEAL_MOST_SET = SETTINGS + 1  # actors stolen at once, at most half of what the victim has
SPINS_SET = SETTINGS + 2  # looks for work before the time slice is given away
STASH_POOL = 16 * PAIR  # of nodes for the stash
STASH_FRESH = 17 * PAIR
URGENT_POOL = 18 * PAIR  # of nodes for system messages
URGENT_FRESH = 19 * PAIR
WATCH_POOL = 20 * PAIR
WATCH_FRESH = 21 * PAIR
QUESTION_POOL = 22 * PAIR
QUESTION_FRESH = 23 * PAIR
SHARED_WORDS = 24 * PAIR

# Ends of a worker's deque, in `ends`.
TOP = 0
BOTTOM = PAIR
ENDS_WORDS = 2 * PAIR

# A row a fault in `fault`, a ring of the last ones for each worker.
FAULT_ACTOR = 0  # ref
FAULT_BEHAVIOUR = 1
FAULT_TIME = 2
FAULT_INFO = 3  # what core.faults.attempt returned
FAULT_WORDS = 4
FAULTS_KEPT = 64

# One line a timer in `timer`, its message in `timer_data`.
TIMER_LIFE = 0  # counts the timers of the node
TIMER_WHERE = 1  # {row, place in its heap}
TIMER_TO = 2
TIMER_KIND = 3  # of the message, or commands, negated
TIMER_LINK = 4  # the pool's, and the word after
TIMER_PERIOD = 6  # ns, 0 for once
TIMER_SENDER = 7

# A row of `timer_row`, for the heap of {due, node} in that row of `timer_heap`.
DUE = 0  # of its first timer, NEVER if it has none; whoever holds the lock, relaxed
HEAP_SIZE = 1
ROW_LOCK = PAIR  # 1 while somebody works on the row
TIMER_ROW_WORDS = 2 * PAIR
NEVER = (1 << 62) - 1

# A row a behaviour in `policy`: how it treats the faults of its children, and which hooks
# it has. The last row is the guardian's, the parent of what Python spawns.
GROUP = 0  # which children a fault concerns (core.supervision)
MAX_RESTARTS = 1  # within a window
WITHIN_NS = 2
BACKOFF_NS = 3  # delay of the first restart; doubles with each, 0 for none
BACKOFF_MOST_NS = 4
JITTER = 5  # thousandths of the delay added at random
HOOKS = 6  # bits by the number of the hook (core.stages)
KEEPS_BIRTH = 7  # whether children may be restarted, so that their first state is kept
DIRECTIVE = 8  # one for each fault code
FAULT_CODES = 8  # 0 is a raise
POLICY_WORDS = DIRECTIVE + FAULT_CODES

# A row a worker in `event`, where there are events (core.events): the ends of a ring, then
# its slots, a line each.
EVENT_TAIL = 0  # position of the next event to write; worker, release
EVENT_HEAD_SEEN = 1  # head as the worker last saw it
EVENT_DROPPED = 2  # events for which there was no room; worker, relaxed
EVENT_UNSAMPLED = 3  # messages since the last one that became an event
EVENT_HEAD = PAIR  # position of the next event to read; Python's reader, release
EVENT_ENDS_WORDS = 2 * PAIR
EVENT_WORDS = LINE

# A row a router in `router`. Its routees are in `routee` from FIRST on, in two sections, the
# list of version v in section v % 2: ROUTEES refs, ascending, then ROUTEES * POINTS points
# of a ring, for consistent hashing only.
STRATEGY = 0  # one of core.routers; written before anybody knows the router, and so ...
FIRST = 1
ROUTEES = 2  # ... room for so many
LIST = 3  # {version, number of routees}; Python under a lock, release
CURSOR = PAIR  # tickets taken for round robin; senders, fetch_add
ROUTER_WORDS = 2 * PAIR
POINTS = 128  # of a routee on the ring: shares differ by about 1 / sqrt(POINTS)

# A row a worker in `load`, where the scheduler balances loads (core.balanced).
LOAD = 0  # moving average of the length of its queues; worker, relaxed
LOAD_POINTS = 1  # samples taken so far; worker, release
LOAD_RING = PAIR  # the last samples
LOAD_KEPT = 1000
LOAD_WORDS = 64 * PAIR

POOL_BATCH = 32  # indices a worker takes from or gives to a pool at once
CACHE_WORDS = 1 + 2 * POOL_BATCH + 7  # count, then indices; whole lines

# Tables in one piece of memory with the record: what lies where, in words. Memory of rows
# that are not in use is never touched.
MOST_ROWS = 258  # 256 workers and Python's threads; even, so that tables start on pairs
RECORD_WORDS = 16 * PAIR
SHARED_AT = RECORD_WORDS
WORKER_AT = SHARED_AT + SHARED_WORDS
ACTOR_CACHE_AT = WORKER_AT + MOST_ROWS * WORKER_WORDS
RING_CACHE_AT = ACTOR_CACHE_AT + MOST_ROWS * CACHE_WORDS

MOST_BEHAVIOURS = 64
GUARDIAN_SLOT = 0
GUARDIAN_GENERATION = 1 << 30
LOOP_CODE = MOST_BEHAVIOURS  # place of the worker's loop in `code`, after the behaviours
GUARDIAN = MOST_BEHAVIOURS  # index of the behaviour of the parent of what Python spawns

# Settings to begin with.
BATCH = 100  # plan, section 4
STEAL_MOST = 16
SPINS = 200
