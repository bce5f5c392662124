"""A bounded ring of exact capacity; any thread may take the oldest message.

Vyukov's bounded queue: each cell says whether it is free or holds the message of a
position, so the two ends never read each other. The sequence number is here the stamp
of the message's header, and counts laps: for position p of a ring of n cells it is
p - p % n while the cell is free for p, and one more while it holds the message of p. So
memory that was never written is an empty ring and needs no initialisation.

1. put: a cell that is free for the tail's position is claimed by moving the tail, filled,
   and published by its header. A cell still taken means that the ring is full.
2. front: a cell that holds the head's message is claimed by moving the head.
3. pop: the cell is free for the position a lap later.
4. close: set a bit in the tail's word, after which no claim succeeds.

Invariant: 0 <= tail - head <= capacity, a power of two of at least 2.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.mailbox.bounded import cell
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Data

TAIL = 0  # {closed, next position to write}; senders, acq_rel
HEAD = PAIR  # next position to read; readers, acq_rel


def words(capacity: int) -> int:
    """Words of a ring."""
    return cell.ENDS_WORDS + capacity * LINE


@kernel
def _cell(place: int, capacity: int, position: int) -> int:
    """Offset of the line of a position."""
    return place + cell.ENDS_WORDS + (position & (capacity - 1)) * LINE


@kernel
def _free(capacity: int, position: int) -> int:
    """Stamp of a cell that is free for a position."""
    return position & -capacity & envelope.STAMP_MASK


@kernel
def setup(w: Words, place: int, capacity: int) -> None:
    """Open the mailbox to messages. Caller: the thread that is about to spawn the actor."""
    # acq_rel, as all exchanges of the tail; carries only the position.
    tail = atomics.load_relaxed(w, place + TAIL)
    while tail & cell.CLOSED_BIT and not atomics.compare_exchange(
        w, place + TAIL, tail, tail - cell.CLOSED_BIT
    ):
        tail = atomics.load_relaxed(w, place + TAIL)


@kernel
def put(
    w: Words,
    place: int,
    capacity: int,
    level: int,
    generation: int,
    kind: int,
    sender: int,
    data: Data,
) -> int:
    """Put a message in. Caller: any thread."""
    while True:
        tail = atomics.load_relaxed(w, place + TAIL)
        if tail & cell.CLOSED_BIT:
            return cell.CLOSED
        line = _cell(place, capacity, tail)
        free = _free(capacity, tail)
        if cell.stamp_of(w, line) == free:
            # Orders nothing by itself (acq_rel all the same); the header publishes.
            if atomics.compare_exchange(w, place + TAIL, tail, tail + 1):
                cell.fill(w, line, free | 1, generation, kind, sender, data)
                return cell.PUT
        # acquire: the stamp was read before; an unmoved tail means that the stamp is a lap behind.
        elif atomics.load_acquire(w, place + TAIL) == tail:
            return cell.FULL


@kernel
def front(w: Words, place: int, capacity: int) -> int:
    """Claim the oldest message: its line, or NONE. Caller: any thread."""
    while True:
        head = atomics.load_relaxed(w, place + HEAD)
        line = _cell(place, capacity, head)
        if cell.stamp_of(w, line) == _free(capacity, head) | 1:
            # Orders nothing by itself; the message came with its header.
            if atomics.compare_exchange(w, place + HEAD, head, head + 1):
                return line
        # acquire: an unmoved head means that its message is not there yet.
        elif atomics.load_acquire(w, place + HEAD) == head:
            return NONE


@kernel
def pop(w: Words, place: int, capacity: int, line: int) -> None:
    """Free the line of a claimed message. Caller: the thread that claimed it."""
    stamp = atomics.load_relaxed(w, line + message_slot.HEADER) >> envelope.STAMP_SHIFT
    # release; pairs with the acquire load in stamp_of(): the message has been read.
    free = (stamp - 1 + capacity) & envelope.STAMP_MASK
    atomics.store_release(w, line + message_slot.HEADER, free << envelope.STAMP_SHIFT)


@kernel
def oldest(w: Words, place: int, capacity: int, level: int, sender: int) -> int:
    """Claim the message to drop for a new one: its line, or NONE."""
    return front(w, place, capacity)


@kernel
def close(w: Words, place: int, capacity: int) -> None:
    """Close the mailbox to messages. Caller: the owner."""
    tail = atomics.load_relaxed(w, place + TAIL)
    while not tail & cell.CLOSED_BIT and not atomics.compare_exchange(
        w, place + TAIL, tail, tail | cell.CLOSED_BIT
    ):
        tail = atomics.load_relaxed(w, place + TAIL)


@kernel
def size(w: Words, place: int, capacity: int) -> int:
    """Messages in the ring, including those claimed but not yet written."""
    # The head first: it never passes the tail, so the difference is not below 0.
    head = atomics.load_acquire(w, place + HEAD)
    return (atomics.load_acquire(w, place + TAIL) & cell.POSITION_MASK) - head
