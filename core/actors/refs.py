"""References: an int64 {generation, slot} names one incarnation of a slot.

Two ranges refer to no actor, and are told apart only after the look-up of an actor fails: slots
from 1 << 31 on, of generation 0, are routers (core.delivery.routers); numbers below 0 are in
core.memory.layout.message_slot and core.delivery.ask_host.
"""

from dataclasses import dataclass
from typing import Protocol

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables

SLOT_BITS = 32
SLOT_MASK = (1 << SLOT_BITS) - 1


class Mailer(Protocol):
    """The part of an actor system that its references send through."""

    def tell(self, to: int, kind: int, *data: int) -> None:
        """Send a message of a kind to the actor of reference ``to``."""


@dataclass(frozen=True)
class ActorRef:
    """A reference to one actor; after its end, messages to it are dead letters."""

    system: Mailer
    value: int  # {generation, slot}, the ref that behaviours use

    def tell(self, kind: int, *data: int) -> None:
        """Send a message of a kind, with up to six words of data (14 in wide messages)."""
        self.system.tell(self.value, kind, *data)


@kernel
def ref_of(generation: int, slot: int) -> int:
    """Reference to an actor: {generation, slot}."""
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
    """Whether the incarnation that a reference names is alive."""
    actor = slot_of_ref(ref)
    if actor >= t.actors:
        return False
    return atomics.load_relaxed(t.actor, actor * LINE + actor_row.GENERATION) == generation_of_ref(
        ref
    )
