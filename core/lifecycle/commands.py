"""Parents and children: commands to an actor, news from a child.

Every supervised actor has a parent (core.actors.kinship). Parents outlive their children.

1. Commands (stop, restart, resume): bits in the actor's CONTROL word, beside the number of
   lives before the one they are meant for, then a signal. Repeating one is harmless.
2. News (adopt, failed, terminated): bits in the child's own STATUS word. The thread that
   sets the first one pushes the child on its parent's stack (Treiber's; the links are in
   the children, so it is never full). Then it raises a signal.
3. The parent's owner takes the whole stack at once. From each child it takes first the
   link, then the STATUS; from then on the child may push itself again.
4. TERMINATED is a child's last news; its slot is free once the parent has read it.

A signal that comes after the actor has ended has no receiver, or reaches the slot's next
incarnation, which finds nothing to do: harmless.
"""

from zbench.core.actors.kinship import older, parent_of
from zbench.core.actors.refs import is_alive, lives_before, slot_of_ref
from zbench.core.actors.stages import COMMAND_BITS, QUEUED
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.delivery.signal import signal
from zbench.core.memory import atomics
from zbench.core.memory.layout import family_row
from zbench.core.memory.tables import Tables
from zbench.core.queues import treiber


@optional_kernel("supervised")
def command(t: Tables, worker: int, ref: int, bits: int) -> bool:
    """Give an actor commands; False if it has ended. Caller: the owner of row ``worker``."""
    if not is_alive(t, ref):
        return False
    actor = slot_of_ref(ref)
    control = actor * family_row.WORDS + family_row.CONTROL
    while True:
        word = atomics.load_acquire(t.family, control)
        # It may have ended since.
        if word >> COMMAND_BITS != lives_before(ref):
            return False
        # acq_rel; release pairs with the exchange in take_commands().
        if atomics.compare_exchange(t.family, control, word, word | bits):
            signal(t, worker, actor)
            return True


@optional_kernel("supervised")
def command_child(t: Tables, worker: int, child: int, bits: int) -> None:
    """Give a child commands, even one about to start or just ended.

    Caller: the parent's owner, before it frees the child's slot.
    """
    control = child * family_row.WORDS + family_row.CONTROL
    while True:
        word = atomics.load_acquire(t.family, control)
        # acq_rel; as in command().
        if atomics.compare_exchange(t.family, control, word, word | bits):
            signal(t, worker, child)
            return


@kernel
def take_commands(t: Tables, actor: int) -> int:
    """Take the commands given since the last call. Caller: the owner."""
    control = actor * family_row.WORDS + family_row.CONTROL
    while True:
        word = atomics.load_acquire(t.family, control)
        bits = word & ((1 << COMMAND_BITS) - 1)
        # acq_rel; acquire pairs with the exchange in command().
        if bits == 0 or atomics.compare_exchange(t.family, control, word, word - bits):
            return bits


@optional_kernel("supervised")
def tell_parent(t: Tables, worker: int, child: int, news: int) -> None:
    """Give the parent news of a child; after TERMINATED the slot is no longer the caller's.

    Caller: the child's owner, or the thread that is about to start the child.
    """
    line = child * family_row.WORDS
    parent = parent_of(t, child)
    while True:
        status = atomics.load_acquire(t.family, line + family_row.STATUS)
        # acq_rel; release carries FAULT_CODE to the parent's exchange in take_status().
        if atomics.compare_exchange(
            t.family, line + family_row.STATUS, status, status | news | QUEUED
        ):
            break
    if status & QUEUED == 0:
        news_of_parent = parent * family_row.WORDS + family_row.NEWS
        treiber.push(t.family, news_of_parent, t.family, line + family_row.NEWS_NEXT, child + 1)
    signal(t, worker, parent)


@kernel
def take_news(t: Tables, parent: int) -> int:
    """Take the stack of children with news; slot + 1 of the first, or 0. Caller: the owner."""
    news = parent * family_row.WORDS + family_row.NEWS
    if atomics.load_relaxed(t.family, news) == 0:
        return 0
    return treiber.take_all(t.family, news, 0)


@kernel
def link_of(t: Tables, child: int) -> int:
    """Slot + 1 of the next child in the stack taken, or 0; read before the child's status."""
    return atomics.load_relaxed(t.family, child * family_row.WORDS + family_row.NEWS_NEXT)


@kernel
def take_status(t: Tables, child: int) -> int:
    """Take the news of a child from the stack taken. Caller: the parent's owner."""
    # acq_rel; pairs with the exchange in tell_parent(), both ways.
    return atomics.exchange(t.family, child * family_row.WORDS + family_row.STATUS, 0)


@kernel
def command_children(t: Tables, worker: int, actor: int, bits: int) -> None:
    """Give every child commands. Caller: the owner."""
    command_younger(t, worker, t.family[actor * family_row.WORDS + family_row.CHILD], 0, bits)


@kernel
def command_younger(t: Tables, worker: int, child: int, last: int, bits: int) -> None:
    """Give commands to children from ``child`` (slot + 1) up to, not including, ``last``."""
    while child != last:
        slot = child - 1
        command_child(t, worker, slot, bits)
        child = older(t, slot)
