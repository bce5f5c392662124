"""The injection queue: actors made runnable by threads that are not workers.

Algorithm: Vyukov's bounded queue of many producers and many consumers. Each cell is
{sequence, item}; the sequence says whose turn the cell is: ``position`` for the
producer, ``position + 1`` for the consumer. It has a cell for every actor, and an actor
is in at most one queue, so it is never full.
"""

from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import INJECT_HEAD, INJECT_TAIL, Words

EMPTY = -1


@kernel
def push(shared: Words, cells: Words, capacity: int, item: int) -> None:
    """Add an item. Caller: any thread."""
    # Only the claim's atomicity matters here; the sequence publishes the item.
    position = at.fetch_add(shared, INJECT_TAIL, 1)
    cell = (position & (capacity - 1)) * 2
    # acquire; pairs with the release in pop(): the cell is free. With a cell for every
    # actor this waits only for a consumer that has yet to free a cell it already took.
    while at.load_acquire(cells, cell) != position:
        at.pause()
    at.store_relaxed(cells, cell + 1, item)
    # release; pairs with the acquire in pop(), carries the item.
    at.store_release(cells, cell, position + 1)


@kernel
def pop(shared: Words, cells: Words, capacity: int) -> int:
    """Take the oldest item, or EMPTY. Caller: any worker."""
    head = at.load_relaxed(shared, INJECT_HEAD)
    while True:
        cell = (head & (capacity - 1)) * 2
        # acquire; pairs with the release in push(), carries the item.
        turn = at.load_acquire(cells, cell) - (head + 1)
        if turn < 0:
            return EMPTY
        if turn == 0 and at.compare_exchange(shared, INJECT_HEAD, head, head + 1):
            item = at.load_relaxed(cells, cell + 1)
            # release; pairs with the acquire in push(): the cell is free.
            at.store_release(cells, cell, head + capacity)
            return item
        head = at.load_relaxed(shared, INJECT_HEAD)


@kernel
def is_empty(shared: Words) -> bool:
    """Whether nothing is queued; may be out of date at once."""
    tail = at.load_acquire(shared, INJECT_TAIL)
    return at.load_relaxed(shared, INJECT_HEAD) >= tail
