"""References: an int64 {generation, slot} names one life of one actor."""

from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import GENERATION, LINE, Tables

SLOT_BITS = 32
SLOT_MASK = (1 << SLOT_BITS) - 1


@kernel
def ref_of(generation: int, slot: int) -> int:
    """A reference to an actor: {generation, slot}."""
    return (generation << SLOT_BITS) | slot


@kernel
def slot_of_ref(ref: int) -> int:
    """Slot part of a reference."""
    return ref & SLOT_MASK


@kernel
def generation_of_ref(ref: int) -> int:
    """Generation part of a reference."""
    return ref >> SLOT_BITS


@kernel
def is_alive(t: Tables, ref: int) -> bool:
    """Whether the life that a reference names has not ended."""
    actor = slot_of_ref(ref)
    if actor >= t.actors:
        return False
    return at.load_relaxed(t.actor, actor * LINE + GENERATION) == generation_of_ref(ref)
