"""Kinship of supervised actors: an actor's parent, its children, its first behaviour.

Every supervised actor has a parent. Actors that Python spawns are children of the guardian,
the first actor of a system. Parents outlive their children.
"""

from zbench.core.actors.refs import SLOT_BITS, SLOT_MASK, tenant
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, behaviour_row, family_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables


@kernel
def parent_of(t: Tables, actor: int) -> int:
    """Slot of the parent of an actor whose slot has not been freed."""
    # relaxed: this half of the word never changes within an incarnation.
    return atomics.load_relaxed(t.actor, actor * LINE + actor_row.KIN) >> SLOT_BITS


@kernel
def note_kin(t: Tables, child: int, parent: int, older_child: int) -> None:
    """Write a new actor's parent, and the next older child as slot + 1, or 0."""
    atomics.store_relaxed(
        t.actor, child * LINE + actor_row.KIN, (parent << SLOT_BITS) | older_child
    )


@kernel
def older(t: Tables, child: int) -> int:
    """Slot + 1 of the next older child, or 0. Caller: the parent's owner."""
    return atomics.load_relaxed(t.actor, child * LINE + actor_row.KIN) & SLOT_MASK


@optional_kernel("supervised", cold=False)
def adopt(t: Tables, parent: int, child: int) -> None:
    """Make a child the youngest of its parent. Caller: the parent's owner."""
    note_kin(t, child, parent, t.family[parent * family_row.WORDS + family_row.CHILD])
    t.family[parent * family_row.WORDS + family_row.CHILD] = child + 1


@kernel
def _note_younger(t: Tables, parent: int) -> None:
    """Note the next younger sibling of each child.

    Adoption leaves this out, since most parents never need it. Children without the note
    are always the youngest ones, so each is noted once.
    """
    child = t.family[parent * family_row.WORDS + family_row.CHILD]
    before = older(t, child - 1)
    while before != 0 and t.family[(before - 1) * family_row.WORDS + family_row.YOUNGER] == 0:
        t.family[(before - 1) * family_row.WORDS + family_row.YOUNGER] = child
        child = before
        before = older(t, child - 1)


@kernel
def disown(t: Tables, parent: int, child: int) -> None:
    """Take a child out of its parent's list. Caller: the parent's owner."""
    before = older(t, child)
    after = 0
    if t.family[parent * family_row.WORDS + family_row.CHILD] == child + 1:
        t.family[parent * family_row.WORDS + family_row.CHILD] = before
    else:
        if t.family[child * family_row.WORDS + family_row.YOUNGER] == 0:
            _note_younger(t, parent)
        after = t.family[child * family_row.WORDS + family_row.YOUNGER]
        note_kin(t, after - 1, parent, before)
    if before != 0:
        t.family[(before - 1) * family_row.WORDS + family_row.YOUNGER] = after
    t.family[child * family_row.WORDS + family_row.YOUNGER] = 0


@kernel
def keep_first_behaviour(t: Tables, actor: int) -> None:
    """Note the behaviour to restart with, before the actor gets another. Caller: the owner."""
    first = actor * family_row.WORDS + family_row.FIRST_BEHAVIOUR
    if t.family[first] == 0:
        atomics.store_relaxed(t.family, first, t.actor[actor * LINE + actor_row.BEHAVIOUR] + 1)


@kernel
def first_behaviour(t: Tables, actor: int) -> int:
    """Index of the behaviour that an actor was spawned with, whose policy it has."""
    # acquire; pairs with the release store in actions.become(): a thread that sees another
    # behaviour also sees the first one noted.
    now = atomics.load_acquire(t.actor, actor * LINE + actor_row.BEHAVIOUR)
    first = atomics.load_relaxed(t.family, actor * family_row.WORDS + family_row.FIRST_BEHAVIOUR)
    return first - 1 if first != 0 else now


@kernel
def has_hook(t: Tables, behaviour: int, which: int) -> bool:
    """Whether a behaviour has the hook of number ``which``."""
    return (
        t.policy[behaviour * behaviour_row.POLICY_WORDS + behaviour_row.HOOKS] >> which
    ) & 1 != 0


@kernel
def parent_ref(t: Tables, actor: int) -> int:
    """Reference to an actor's parent, or NONE without supervision."""
    if len(t.supervised) > 0:
        # A parent outlives its children.
        return tenant(t, parent_of(t, actor))
    return NONE


@kernel
def has_children(t: Tables, actor: int) -> bool:
    """Whether an actor has children. Caller: the owner."""
    return t.family[actor * family_row.WORDS + family_row.CHILD] != 0
