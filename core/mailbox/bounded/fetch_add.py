"""A bounded ring whose senders claim by one fetch-and-add, its ends on pairs of lines.

A claim cannot fail and is never repeated, however many senders there are. It cannot be
undone either, so each sender first looks for room, and the ring has more cells than its
capacity: one for each thread that may have looked before the others claimed.

1. put: look for room by HEAD_SEEN, the head that senders saw last, and only if there seems
   to be none by the owner's HEAD; claim by adding to the tail; fill; publish by the header.
2. front (owner): the stamp of the next cell says whether its message is there.
3. pop (owner): move the head. Nothing is written into the cell.
4. close: set a bit in the tail's word; senders' later additions do not count (END).

Invariant: 0 <= tail - head <= capacity + THREADS_MOST while it is open.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.mailbox.bounded import cell
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Data

TAIL = 0  # {closed, next position to write}; senders, fetch_add
HEAD_SEEN = 1  # head as a sender last saw it, or an earlier one; senders, release
HEAD = PAIR  # next position to read; owner, release
END = PAIR + 1  # tail when the mailbox was closed; owner, or the thread that opens it

SLACK = 256  # claims beyond the capacity: all threads but one (workers, and one of Python's)


def words(capacity: int) -> int:
    """Words of a mailbox."""
    return cell.ENDS_WORDS + 2 * max(capacity, SLACK) * LINE


@kernel
def _line(place: int, capacity: int, position: int) -> int:
    """Offset of the line of a position."""
    cells = 2 * max(capacity, SLACK)
    return place + cell.ENDS_WORDS + (position & (cells - 1)) * LINE


@kernel
def _stamp(position: int) -> int:
    """Stamp of the message of a position; never that of an earlier lap, nor of fresh memory."""
    return (position + 1) & envelope.STAMP_MASK


@kernel
def setup(w: Words, place: int, capacity: int) -> None:
    """Open the mailbox to messages. Caller: the thread that is about to spawn the actor."""
    if atomics.load_relaxed(w, place + TAIL) & cell.CLOSED_BIT:
        # Additions since the mailbox was closed claimed no position.
        # acq_rel; an addition comes before, and finds the mailbox closed, or after.
        atomics.exchange(w, place + TAIL, w[place + END])


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
    tail = atomics.load_relaxed(w, place + TAIL)
    if tail & cell.CLOSED_BIT:
        return cell.CLOSED
    # acquire, both; pair with the release stores in pop() and below: the lines were read.
    if tail - atomics.load_acquire(w, place + HEAD_SEEN) >= capacity:
        head = atomics.load_acquire(w, place + HEAD)
        atomics.store_release(w, place + HEAD_SEEN, head)
        if tail - head >= capacity:
            return cell.FULL
    # Orders nothing by itself (acq_rel all the same); the header publishes.
    position = atomics.fetch_add(w, place + TAIL, 1)
    if position & cell.CLOSED_BIT:
        return cell.CLOSED
    line = _line(place, capacity, position)
    cell.fill(w, line, _stamp(position), generation, kind, sender, data)
    return cell.PUT


@kernel
def front(w: Words, place: int, capacity: int) -> int:
    """The line of the oldest message, or NONE. Caller: the owner."""
    # relaxed: only the owner writes HEAD.
    position = atomics.load_relaxed(w, place + HEAD)
    line = _line(place, capacity, position)
    return line if cell.stamp_of(w, line) == _stamp(position) else NONE


@kernel
def pop(w: Words, place: int, capacity: int, line: int) -> None:
    """Free the line from ``front``. Caller: the owner."""
    # release; pairs with the acquire loads in put(): the message has been read.
    atomics.store_release(w, place + HEAD, atomics.load_relaxed(w, place + HEAD) + 1)


@kernel
def close(w: Words, place: int, capacity: int) -> None:
    """Close the mailbox to messages. Caller: the owner."""
    if not atomics.load_relaxed(w, place + TAIL) & cell.CLOSED_BIT:
        # acq_rel; nothing is carried. Only the owner sets the bit, so it is added once.
        w[place + END] = atomics.fetch_add(w, place + TAIL, cell.CLOSED_BIT)


@kernel
def size(w: Words, place: int, capacity: int) -> int:
    """Messages in the mailbox, including those claimed but not yet written."""
    # The head first: it never passes the tail, so the difference is not below 0.
    head = atomics.load_acquire(w, place + HEAD)
    tail = atomics.load_acquire(w, place + TAIL)
    if tail & cell.CLOSED_BIT:
        tail = w[place + END]
    return tail - head
