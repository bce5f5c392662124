"""Work-stealing deques of actors, one a worker.

Algorithm: Chase and Lev (SPAA 2005), with the memory orders of Le, Pop, Cohen and
Zappa Nardelli (PPoPP 2013). It differs in one thing: the buffer never grows. An actor
is in at most one queue, so a buffer with a place for every actor is never full.

1. push (owner): write the item, then publish it by moving the bottom.
2. pop (owner): take the bottom away first, then look at the top; on the last item the
   owner races thieves for the top.
3. steal (anyone): read top, then bottom, then the item, then move the top.

Invariant: top <= bottom + 1, and an item leaves once.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import PAIR, Words

# Ends of a worker's deque, in `ends`.
TOP = 0
BOTTOM = PAIR
ENDS_WORDS = 2 * PAIR

EMPTY = -1
RETRY = -2  # lost a race; there may be more


@kernel
def push(ends: Words, items: Words, capacity: int, worker: int, item: int) -> None:
    """Add an item at the bottom. Caller: the owner."""
    base = worker * ENDS_WORDS
    bottom = atomics.load_relaxed(ends, base + BOTTOM)
    atomics.store_relaxed(items, worker * capacity + (bottom & (capacity - 1)), item)
    # release; pairs with the acquire load of the bottom in steal(), carries the item.
    atomics.store_release(ends, base + BOTTOM, bottom + 1)


@kernel
def pop(ends: Words, items: Words, capacity: int, worker: int) -> int:
    """Take the newest item, or EMPTY. Caller: the owner."""
    base = worker * ENDS_WORDS
    bottom = atomics.load_relaxed(ends, base + BOTTOM) - 1
    atomics.store_relaxed(ends, base + BOTTOM, bottom)
    # seq_cst; pairs with the fence in steal(): of owner and thief at least one sees the
    # other's move. Acquire and release cannot order this store before the next load.
    atomics.fence()
    top = atomics.load_relaxed(ends, base + TOP)
    if top > bottom:
        atomics.store_relaxed(ends, base + BOTTOM, bottom + 1)
        return EMPTY
    item = atomics.load_relaxed(items, worker * capacity + (bottom & (capacity - 1)))
    if top == bottom:
        # acq_rel; pairs with the thieves' compare_exchange: one of us gets the last item.
        won = atomics.compare_exchange(ends, base + TOP, top, top + 1)
        atomics.store_relaxed(ends, base + BOTTOM, bottom + 1)
        if not won:
            return EMPTY
    return item


@kernel
def steal(ends: Words, items: Words, capacity: int, victim: int) -> int:
    """Take the oldest item, or EMPTY, or RETRY. Caller: any thread, the owner too."""
    base = victim * ENDS_WORDS
    # acquire; pairs with the compare_exchange of other thieves.
    top = atomics.load_acquire(ends, base + TOP)
    # seq_cst; pairs with the fence in pop().
    atomics.fence()
    # acquire; pairs with the release in push(), carries the item.
    bottom = atomics.load_acquire(ends, base + BOTTOM)
    if top >= bottom:
        return EMPTY
    item = atomics.load_relaxed(items, victim * capacity + (top & (capacity - 1)))
    if not atomics.compare_exchange(ends, base + TOP, top, top + 1):
        return RETRY
    return item


@kernel
def pop_alone(ends: Words, items: Words, capacity: int, worker: int) -> int:
    """As pop, but without its fence: for a deque without thieves. Caller: the owner."""
    base = worker * ENDS_WORDS
    bottom = atomics.load_relaxed(ends, base + BOTTOM) - 1
    if atomics.load_relaxed(ends, base + TOP) > bottom:
        return EMPTY
    atomics.store_relaxed(ends, base + BOTTOM, bottom)
    return atomics.load_relaxed(items, worker * capacity + (bottom & (capacity - 1)))


@kernel
def steal_alone(ends: Words, items: Words, capacity: int, worker: int) -> int:
    """As steal, but without its exchange: for a deque without thieves. Caller: the owner."""
    base = worker * ENDS_WORDS
    top = atomics.load_relaxed(ends, base + TOP)
    if top >= atomics.load_relaxed(ends, base + BOTTOM):
        return EMPTY
    atomics.store_relaxed(ends, base + TOP, top + 1)
    return atomics.load_relaxed(items, worker * capacity + (top & (capacity - 1)))


@kernel
def size(ends: Words, worker: int) -> int:
    """Items in a deque; a hint to anyone but an owner whose thieves are at rest."""
    base = worker * ENDS_WORDS
    top = atomics.load_relaxed(ends, base + TOP)
    return atomics.load_acquire(ends, base + BOTTOM) - top
