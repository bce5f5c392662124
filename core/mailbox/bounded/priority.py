"""Four rings, one a level: critical, high, normal, low; with a boost for the lower ones.

The owner takes from the highest level that has messages. Every BOOST_AFTER messages one lower
level has its turn, in rotation, so that none starves: the first message of a level is
overtaken at most 3 * BOOST_AFTER times.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.mailbox.bounded import parts, vyukov
from zbench.core.memory.layout.lines import NONE, Words
from zbench.core.messages.envelope import Data
from zbench.core.messages.levels import LEVELS

LEVEL_COUNT = len(LEVELS)
BOOST_AFTER = 16

PASSED = 0  # messages taken since the last turn of a lower level; owner
TURN = 1  # the level of that turn; owner


def words(capacity: int) -> int:
    """Words of a mailbox."""
    return parts.words(capacity, LEVEL_COUNT)


@kernel
def setup(w: Words, place: int, capacity: int) -> None:
    """Open the mailbox to messages. Caller: the thread that is about to spawn the actor."""
    parts.setup(w, place, capacity, LEVEL_COUNT)


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
    ring = parts.ring_of(place, capacity, LEVEL_COUNT, level)
    return vyukov.put(w, ring, capacity // LEVEL_COUNT, level, generation, kind, sender, data)


@kernel
def front(w: Words, place: int, capacity: int) -> int:
    """Claim the message whose turn it is: its line, or NONE. Caller: the owner."""
    first = 0
    if w[place + PASSED] >= BOOST_AFTER:
        w[place + PASSED] = 0
        first = 1 + w[place + TURN] % (LEVEL_COUNT - 1)
        w[place + TURN] = first
    for k in range(min(LEVEL_COUNT, capacity)):
        level = (first + k) % LEVEL_COUNT
        line = vyukov.front(
            w, parts.ring_of(place, capacity, LEVEL_COUNT, level), capacity // LEVEL_COUNT
        )
        if line != NONE:
            w[place + PASSED] += 1
            return line
    return NONE


@kernel
def pop(w: Words, place: int, capacity: int, line: int) -> None:
    """Free the line of a claimed message. Caller: the thread that claimed it."""
    vyukov.pop(w, place, capacity // LEVEL_COUNT, line)


@kernel
def oldest(w: Words, place: int, capacity: int, level: int, sender: int) -> int:
    """Claim the message to drop for one of this level: its line, or NONE."""
    return vyukov.front(
        w, parts.ring_of(place, capacity, LEVEL_COUNT, level), capacity // LEVEL_COUNT
    )


@kernel
def close(w: Words, place: int, capacity: int) -> None:
    """Close the mailbox to messages. Caller: the owner."""
    parts.close(w, place, capacity, LEVEL_COUNT)


@kernel
def size(w: Words, place: int, capacity: int) -> int:
    """Messages in the mailbox, including those claimed but not yet written."""
    return parts.size(w, place, capacity, LEVEL_COUNT)
