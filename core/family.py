"""Parents and children: links, commands to an actor, news from a child.

Every supervised actor has a parent; the parent of what Python spawns is the guardian,
the first actor of a system. Parents outlive their children.

1. Commands (stop, restart, resume): bits in the actor's CONTROL word, beside the
   generation they are meant for, then a signal. Repeating one is harmless.
2. News (adopt, failed, terminated): bits in the child's own STATUS word. Whoever sets the
   first one pushes the child on its parent's stack (Treiber's; the links are in the
   children, so it is never full), then raises a signal.
3. The parent's owner takes the whole stack at once, and of each child first the link,
   then the STATUS; from then on the child may push itself again.
4. TERMINATED is the last thing a child ever says; its slot is free when the parent has
   read it.

A signal after the actor has ended reaches nobody, or the slot's next tenant, which finds
nothing to attend to: harmless.
"""

from zbench.core import atomics as at
from zbench.core import mailbox, scheduler
from zbench.core.counters import count
from zbench.core.kernel import kernel, optional_kernel
from zbench.core.layout import (
    BEHAVIOUR,
    CHILD,
    CONTROL,
    FAMILY_WORDS,
    FIRST_BEHAVIOUR,
    GENERATION,
    HOOKS,
    KIN,
    LINE,
    NEWS,
    NEWS_NEXT,
    NONE,
    POLICY_WORDS,
    SIGNALS,
    STATUS,
    YOUNGER,
)
from zbench.core.refs import SLOT_BITS, SLOT_MASK, generation_of_ref, ref_of, slot_of_ref
from zbench.core.stages import COMMAND_BITS, QUEUED
from zbench.core.tables import Tables


@optional_kernel("signals")
def signal(t: Tables, worker: int, actor: int) -> None:
    """Raise a signal and schedule the actor if nobody else will run it."""
    # Before it can be seen, so that raised >= dealt with at any moment.
    count(t, worker, SIGNALS, 1)
    outcome = mailbox.signal(t, actor)
    if outcome == mailbox.REPEATED or outcome == mailbox.NOBODY:
        count(t, worker, SIGNALS, -1)
    elif outcome == mailbox.WOKEN:
        scheduler.schedule(t, worker, actor)


@optional_kernel("supervised")
def command(t: Tables, worker: int, ref: int, bits: int) -> bool:
    """Give an actor commands; False if it has ended. Caller: the owner of row ``worker``."""
    actor = slot_of_ref(ref)
    if actor >= t.actors:
        return False
    control = actor * FAMILY_WORDS + CONTROL
    while True:
        word = at.load_acquire(t.family, control)
        if word >> COMMAND_BITS != generation_of_ref(ref):
            return False
        # acq_rel; release pairs with the exchange in take_commands().
        if at.compare_exchange(t.family, control, word, word | bits):
            signal(t, worker, actor)
            return True


@kernel
def take_commands(t: Tables, actor: int) -> int:
    """The commands given since the last look. Caller: the owner."""
    control = actor * FAMILY_WORDS + CONTROL
    while True:
        word = at.load_acquire(t.family, control)
        bits = word & ((1 << COMMAND_BITS) - 1)
        # acq_rel; acquire pairs with the exchange in command().
        if bits == 0 or at.compare_exchange(t.family, control, word, word - bits):
            return bits


@optional_kernel("supervised")
def tell_parent(t: Tables, worker: int, child: int, news: int) -> None:
    """Give the parent news of a child; after TERMINATED the child's slot is not ours.

    Caller: the child's owner, or who is about to bring it into being.
    """
    line = child * FAMILY_WORDS
    parent = parent_of(t, child)
    while True:
        status = at.load_acquire(t.family, line + STATUS)
        # acq_rel; release carries FAULT_CODE to the parent's exchange in next_news().
        if at.compare_exchange(t.family, line + STATUS, status, status | news | QUEUED):
            break
    if status & QUEUED == 0:
        _push(t, parent, child)
    signal(t, worker, parent)


@kernel
def _push(t: Tables, parent: int, child: int) -> None:
    """Put the child on its parent's stack of news."""
    news = parent * FAMILY_WORDS + NEWS
    while True:
        head = at.load_relaxed(t.family, news)
        at.store_relaxed(t.family, child * FAMILY_WORDS + NEWS_NEXT, head)
        # acq_rel; release carries the link to take_news(). The stack is only ever taken
        # whole, so a head that came back (ABA) has the same children below it.
        if at.compare_exchange(t.family, news, head, child + 1):
            return


@kernel
def take_news(t: Tables, parent: int) -> int:
    """The first of the children with news, as slot + 1, or 0. Caller: the parent's owner."""
    news = parent * FAMILY_WORDS + NEWS
    if at.load_relaxed(t.family, news) == 0:
        return 0
    # acq_rel; acquire pairs with the exchange in _push().
    return at.exchange(t.family, news, 0)


@kernel
def link_of(t: Tables, child: int) -> int:
    """The child below in the stack taken, as slot + 1, or 0; to be read before its status."""
    return at.load_relaxed(t.family, child * FAMILY_WORDS + NEWS_NEXT)


@kernel
def take_status(t: Tables, child: int) -> int:
    """The news of a child taken from the stack. Caller: the parent's owner."""
    # acq_rel; pairs with the exchange in tell_parent(), both ways.
    return at.exchange(t.family, child * FAMILY_WORDS + STATUS, 0)


@kernel
def parent_of(t: Tables, actor: int) -> int:
    """Slot of an actor's parent, of its life that has not been reaped."""
    # relaxed: this half of the word stays as it is for the actor's life.
    return at.load_relaxed(t.actor, actor * LINE + KIN) >> SLOT_BITS


@kernel
def note_kin(t: Tables, child: int, parent: int, older_child: int) -> None:
    """Write who a new actor's parent is, and the next older child as slot + 1, or 0."""
    at.store_relaxed(t.actor, child * LINE + KIN, (parent << SLOT_BITS) | older_child)


@kernel
def older(t: Tables, child: int) -> int:
    """Slot + 1 of the next older child, or 0. Caller: the parent's owner."""
    return at.load_relaxed(t.actor, child * LINE + KIN) & SLOT_MASK


@optional_kernel("supervised", cold=False)
def adopt(t: Tables, parent: int, child: int) -> None:
    """Make a child the youngest of its parent. Caller: the parent's owner."""
    note_kin(t, child, parent, t.family[parent * FAMILY_WORDS + CHILD])
    t.family[parent * FAMILY_WORDS + CHILD] = child + 1


@kernel
def _note_younger(t: Tables, parent: int) -> None:
    """Note of each child which one is the next younger.

    Not done when they are adopted, for most parents never need it. Those that it has not
    been noted of are always the youngest ones: each is noted once.
    """
    child = t.family[parent * FAMILY_WORDS + CHILD]
    before = older(t, child - 1)
    while before != 0 and t.family[(before - 1) * FAMILY_WORDS + YOUNGER] == 0:
        t.family[(before - 1) * FAMILY_WORDS + YOUNGER] = child
        child = before
        before = older(t, child - 1)


@kernel
def disown(t: Tables, parent: int, child: int) -> None:
    """Take a child out of its parent's list. Caller: the parent's owner."""
    before = older(t, child)
    after = 0
    if t.family[parent * FAMILY_WORDS + CHILD] == child + 1:
        t.family[parent * FAMILY_WORDS + CHILD] = before
    else:
        if t.family[child * FAMILY_WORDS + YOUNGER] == 0:
            _note_younger(t, parent)
        after = t.family[child * FAMILY_WORDS + YOUNGER]
        note_kin(t, after - 1, parent, before)
    if before != 0:
        t.family[(before - 1) * FAMILY_WORDS + YOUNGER] = after
    t.family[child * FAMILY_WORDS + YOUNGER] = 0


@kernel
def keep_first_behaviour(t: Tables, actor: int) -> None:
    """Note what a restart goes back to, before the actor gets another one. Caller: the owner."""
    first = actor * FAMILY_WORDS + FIRST_BEHAVIOUR
    if t.family[first] == 0:
        at.store_relaxed(t.family, first, t.actor[actor * LINE + BEHAVIOUR] + 1)


@kernel
def first_behaviour(t: Tables, actor: int) -> int:
    """Index of the behaviour an actor was spawned with: that of its policy."""
    # acquire; pairs with the release store in context.become(): who sees another behaviour
    # sees the first one noted.
    now = at.load_acquire(t.actor, actor * LINE + BEHAVIOUR)
    first = at.load_relaxed(t.family, actor * FAMILY_WORDS + FIRST_BEHAVIOUR)
    return first - 1 if first != 0 else now


@kernel
def has_hook(t: Tables, behaviour: int, which: int) -> bool:
    """Whether a behaviour has that hook."""
    return (t.policy[behaviour * POLICY_WORDS + HOOKS] >> which) & 1 != 0


@kernel
def parent_ref(t: Tables, actor: int) -> int:
    """Reference to an actor's parent, or NONE where actors are not supervised."""
    if len(t.supervised) > 0:
        parent = parent_of(t, actor)
        # relaxed: a parent outlives its children.
        return ref_of(at.load_relaxed(t.actor, parent * LINE + GENERATION), parent)
    return NONE


@kernel
def has_children(t: Tables, actor: int) -> bool:
    """Whether the actor has children. Caller: the owner."""
    return t.family[actor * FAMILY_WORDS + CHILD] != 0


@kernel
def command_children(t: Tables, worker: int, actor: int, bits: int) -> None:
    """Give every child commands. Caller: the owner."""
    command_younger(t, worker, t.family[actor * FAMILY_WORDS + CHILD], 0, bits)


@kernel
def command_younger(t: Tables, worker: int, child: int, last: int, bits: int) -> None:
    """Give commands to children from slot + 1 ``child`` down to before ``last``."""
    while child != last:
        slot = child - 1
        command(t, worker, ref_of_child(t, slot), bits)
        child = older(t, slot)


@kernel
def ref_of_child(t: Tables, child: int) -> int:
    """Reference to a child that has not been reaped. Caller: the parent's owner."""
    generation = at.load_relaxed(t.family, child * FAMILY_WORDS + CONTROL) >> COMMAND_BITS
    return ref_of(generation, child)
