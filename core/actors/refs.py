"""References: an int64 {generation, slot} names one incarnation of a slot.

A slot's word REF is the reference of its living actor. In a slot without one it names another
slot: it is {generation, slot ^ VACANT}, the generation being that of the next incarnation,
and in a slot never used it is 0, in slot 0 VACANT. Tables have a power of two of slots, so
the low bits of any integer name one of them, and one comparison with its word says whether a
reference is alive (a look at the table's size besides would take 1 ns of 11 in
fork-join-throughput): no integer that the runtime did not give out is equal to the word of the
slot it names, and 0 is nobody.

Generations start at 1 and have 37 bits. An incarnation takes 50 ns at least, so one slot in
constant use passes through them in 1.9 hours. A slot whose generations are used up is then
retired: it is never given out again, and no reference to it ever comes true again. At that
speed each worker retires 13 slots a day. Timers have references of the same form.

Two ranges refer to no actor, and are told apart only after the look-up of an actor fails: slots
from BEYOND on, of generation 0, are routers (core.delivery.routers); numbers below 0 are in
core.memory.layout.message_slot, core.delivery.ask_host and core.delivery.ask_actors.
"""

from dataclasses import dataclass
from typing import Protocol

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables

SLOT_BITS = 26
SLOT_MASK = (1 << SLOT_BITS) - 1
BEYOND = 1 << (SLOT_BITS - 1)  # beyond every slot: tables have at most so many
VACANT = 1  # flips the slot in the word of a slot without an actor
ONE_LIFE = 1 << SLOT_BITS  # from an incarnation to the next one of its slot
LAST_LIFE = (1 << (63 - SLOT_BITS)) - 2  # the word after it is still no negative number


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
def begin_life(word: int, slot: int) -> int:
    """Reference of the next tenant, from the word of an unused row."""
    return ref_of(max(1, generation_of_ref(word)), slot)


@kernel
def end_life(ref: int) -> int:
    """Word of a row after the tenant of that reference."""
    return (ref + ONE_LIFE) ^ VACANT


@kernel
def is_retired(word: int) -> bool:
    """Whether the generations of an unused row are used up, so that nobody may have it again."""
    return generation_of_ref(word) > LAST_LIFE


@kernel
def lives_before(ref: int) -> int:
    """Number of incarnations before the one of a reference.

    Words of an actor in other tables have it beside their content, since it is 0 in memory
    never used. They are asked about living actors only (``is_alive``).
    """
    return generation_of_ref(ref) - 1


@kernel
def tenant(t: Tables, actor: int) -> int:
    """Reference of the actor in a slot; the next one's, as soon as it has ended."""
    # relaxed: the caller runs the actor, or only shows the reference.
    word = atomics.load_relaxed(t.actor, actor * LINE + actor_row.REF)
    return ref_of(generation_of_ref(word), actor)


@kernel
def is_alive(t: Tables, ref: int) -> bool:
    """Whether the incarnation that a reference names is alive."""
    return lives_in(t, slot_in(t, ref), ref)


@kernel
def slot_in(t: Tables, ref: int) -> int:
    """The slot of these tables that any integer names: a reference's own slot."""
    return ref & t.slot_mask


@kernel
def lives_in(t: Tables, actor: int, ref: int) -> bool:
    """As ``is_alive``, for a caller that has the slot of ``slot_in`` and needs its row again."""
    # acquire; pairs with the release store in spawning.start(), carries the actor's rows to
    # a thread that guessed the reference. On x86 it costs no more than a relaxed load.
    return atomics.load_acquire(t.actor, actor * LINE + actor_row.REF) == ref
