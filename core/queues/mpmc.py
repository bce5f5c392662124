"""A bounded queue of many producers and many consumers, several of them in one table.

Algorithm: Vyukov's bounded queue. Each cell is {lap, item}; the lap says whose turn the
cell is: ``position - index`` for the producer, one more for the consumer, so zeroed
memory is an empty queue and cells nobody used cost no resident memory. A queue has a
cell for every actor, and an actor is in at most one queue, so it is never full.

``ends`` holds the queue's head and tail at the given words, ``cells`` its cells from
the word ``first`` on; the capacity is a power of two.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import Words

EMPTY = -1


@kernel
def push(ends: Words, tail: int, cells: Words, first: int, capacity: int, item: int) -> None:
    """Add an item. Caller: any thread."""
    # Only the claim's atomicity matters here; the cell's lap publishes the item.
    position = atomics.fetch_add(ends, tail, 1)
    index = position & (capacity - 1)
    cell = first + index * 2
    # acquire; pairs with the release in pop(): the cell is free. With a cell for every
    # actor this waits only for a consumer that has yet to free a cell it already took.
    while atomics.load_acquire(cells, cell) != position - index:
        atomics.pause()
    atomics.store_relaxed(cells, cell + 1, item)
    # release; pairs with the acquire in pop(), carries the item.
    atomics.store_release(cells, cell, position - index + 1)


@kernel
def pop(ends: Words, head_at: int, cells: Words, first: int, capacity: int) -> int:
    """Take the oldest item, or EMPTY. Caller: any thread."""
    head = atomics.load_relaxed(ends, head_at)
    while True:
        index = head & (capacity - 1)
        cell = first + index * 2
        # acquire; pairs with the release in push(), carries the item.
        turn = atomics.load_acquire(cells, cell) - (head - index + 1)
        if turn < 0:
            return EMPTY
        if turn == 0 and atomics.compare_exchange(ends, head_at, head, head + 1):
            item = atomics.load_relaxed(cells, cell + 1)
            # release; pairs with the acquire in push(): the cell is free.
            atomics.store_release(cells, cell, head - index + capacity)
            return item
        head = atomics.load_relaxed(ends, head_at)


@kernel
def length(ends: Words, head: int, tail: int) -> int:
    """Items queued or about to be; may be out of date at once."""
    # acquire; pairs with the fetch_add in push().
    end = atomics.load_acquire(ends, tail)
    return end - atomics.load_relaxed(ends, head)
