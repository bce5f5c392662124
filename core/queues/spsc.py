"""A ring of 64-byte slots for one producer and one consumer.

After Lamport's ring, with each end's copy of the other's position kept beside its own
(Lee, Bui and Chandramohan, MCRingBuffer), so an end reads the other's cache line only
when the ring looks full or empty to it.

Invariant: 0 <= tail - head <= capacity.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE, PAIR, Words

TAIL = 0  # next position to write; producer, release
HEAD_SEEN = 1  # head as the producer last saw it
HEAD = PAIR  # next position to read; consumer, release
TAIL_SEEN = PAIR + 1  # tail as the consumer last saw it
ENDS_WORDS = 2 * PAIR
EMPTY = -1


@kernel
def push(ends: Words, slots: Words, capacity: int, value: int) -> bool:
    """Write a slot of eight words that starts with value; False if the ring is full."""
    tail = atomics.load_relaxed(ends, TAIL)
    if tail - ends[HEAD_SEEN] == capacity:
        # acquire; pairs with the release in pop(): the slot has been read.
        ends[HEAD_SEEN] = atomics.load_acquire(ends, HEAD)
        if tail - ends[HEAD_SEEN] == capacity:
            return False
    slot = (tail & (capacity - 1)) * LINE
    for word in range(LINE):
        slots[slot + word] = value
    # release; pairs with the acquire in pop(), carries the slot.
    atomics.store_release(ends, TAIL, tail + 1)
    return True


@kernel
def pop(ends: Words, slots: Words, capacity: int) -> int:
    """First word of the oldest slot, or EMPTY."""
    head = atomics.load_relaxed(ends, HEAD)
    if head == ends[TAIL_SEEN]:
        # acquire; pairs with the release in push(), carries the slot.
        ends[TAIL_SEEN] = atomics.load_acquire(ends, TAIL)
        if head == ends[TAIL_SEEN]:
            return EMPTY
    value = slots[(head & (capacity - 1)) * LINE]
    # release; pairs with the acquire in push(): the slot has been read.
    atomics.store_release(ends, HEAD, head + 1)
    return value
