"""Several rings side by side in one bounded mailbox, each with an equal part of its capacity.

The first words of the mailbox, a pair of lines, are the owner's; the rings follow.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.mailbox.bounded import cell, vyukov
from zbench.core.memory.layout.lines import LINE, PAIR, Words


def words(capacity: int, parts: int) -> int:
    """Words of a mailbox."""
    return PAIR + parts * vyukov.words(capacity // parts)


@kernel
def ring_of(place: int, capacity: int, parts: int, part: int) -> int:
    """Offset of the ring of a part."""
    each = capacity // parts
    return place + PAIR + part * (cell.ENDS_WORDS + each * LINE)


@kernel
def setup(w: Words, place: int, capacity: int, parts: int) -> None:
    """Open all rings to messages. Caller: the thread that is about to spawn the actor."""
    for part in range(min(parts, capacity)):
        vyukov.setup(w, ring_of(place, capacity, parts, part), capacity // parts)


@kernel
def close(w: Words, place: int, capacity: int, parts: int) -> None:
    """Close all rings to messages. Caller: the owner."""
    for part in range(min(parts, capacity)):
        vyukov.close(w, ring_of(place, capacity, parts, part), capacity // parts)


@kernel
def size(w: Words, place: int, capacity: int, parts: int) -> int:
    """Messages in all rings, claimed but unwritten ones included."""
    total = 0
    for part in range(min(parts, capacity)):
        total += vyukov.size(w, ring_of(place, capacity, parts, part), capacity // parts)
    return total
