"""Words of `shared`, a pair of lines each, written by any thread."""

from zbench.core.memory.layout.lines import PAIR

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
DONE = 10 * PAIR  # futex: how often a behaviour finished the run
DONE_NS = 11 * PAIR
TIMER_POOL = 12 * PAIR  # and TIMER_FRESH a pair later, as for every pool
ASK_BELL = 14 * PAIR  # futex: how often a question from Python was answered
SETTINGS = 15 * PAIR  # tuned while running; Python, relaxed
BATCH_SET = SETTINGS  # messages an actor handles before others get their turn
STEAL_MOST_SET = SETTINGS + 1  # actors stolen at once, at most half of the victim's
SPINS_SET = SETTINGS + 2  # looks for work before the time slice is given away
STASH_POOL = 16 * PAIR  # of detached messages for the stash
STASH_FRESH = 17 * PAIR
SYSTEM_POOL = 18 * PAIR  # of detached messages for system messages
SYSTEM_FRESH = 19 * PAIR
WATCH_POOL = 20 * PAIR
WATCH_FRESH = 21 * PAIR
QUESTION_POOL = 22 * PAIR
QUESTION_FRESH = 23 * PAIR
WORDS = 24 * PAIR

# Initial settings.
BATCH = 100
STEAL_MOST = 16
SPINS = 200
