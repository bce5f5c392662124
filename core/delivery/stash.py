"""The stash: messages an actor puts aside until it can handle them.

After Akka's: ``ctx.stash()`` puts the present message aside, ``ctx.unstash()`` brings all
back, oldest first, to be handled before anything in the mailbox. A restart brings them
back too; with the actor's end they become dead letters.

Counting: putting a message aside counts as handled (PROCESSED), and bringing it back as
sent (UNSTASHED), so both sums only grow and ``ActorSystem.at_rest`` stays right without a
look at the lists. The figures shown to a person subtract these: a stashed message is
neither processed nor dead.

All lists belong to the owner; only the pool of detached messages is shared.
"""

from zbench.core.compile.kernel import optional_kernel
from zbench.core.memory.layout import aside_row, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import detached, envelope
from zbench.core.metrics.counters import count


@optional_kernel("has_stash")
def stash(t: Tables, worker: int, actor: int, slot: int) -> bool:
    """Put the message in that slot of ``message`` aside; False if no detached one is free.

    Caller: the owner, as for all of this module.
    """
    line = actor * LINE
    # A hook has no message: it runs with slot 0, of a ring that holds none.
    if len(t.has_signals) > 0 and slot == 0:
        return False
    node = (slot - t.detached_base) // envelope.message_words(t)
    if slot >= t.detached_base and t.aside[line + aside_row.IN_HAND] == node + 1:
        # It is a detached message of the stash already, and stays one.
        t.aside[line + aside_row.IN_HAND] = 0
    else:
        node = detached.take_for_stash(t, worker)
        if node == NONE:
            return False
        for word in range(envelope.message_words(t)):
            t.message[detached.slot_of(t, node) + word] = t.message[slot + word]
    detached.link(t, node, 0)
    if t.aside[line + aside_row.STASH_FIRST] == 0:
        t.aside[line + aside_row.STASH_FIRST] = node + 1
    else:
        detached.link(t, t.aside[line + aside_row.STASH_LAST] - 1, node + 1)
    t.aside[line + aside_row.STASH_LAST] = node + 1
    t.aside[line + aside_row.STASH_COUNT] += 1
    count(t, worker, worker_row.STASHED, 1)
    return True


@optional_kernel("has_stash")
def unstash(t: Tables, worker: int, actor: int) -> int:
    """Have all stashed messages handled next, oldest first; their number."""
    line = actor * LINE
    many = t.aside[line + aside_row.STASH_COUNT]
    if many == 0:
        return 0
    # Before messages that came back earlier and still wait.
    detached.link(t, t.aside[line + aside_row.STASH_LAST] - 1, t.aside[line + aside_row.BACK_FIRST])
    t.aside[line + aside_row.BACK_FIRST] = t.aside[line + aside_row.STASH_FIRST]
    t.aside[line + aside_row.BACK_COUNT] += many
    t.aside[line + aside_row.STASH_FIRST] = 0
    t.aside[line + aside_row.STASH_COUNT] = 0
    count(t, worker, worker_row.UNSTASHED, many)
    return many


@optional_kernel("has_stash", cold=False)
def next_unstashed(t: Tables, actor: int) -> int:
    """Index of the next detached message that was brought back, or NONE."""
    line = actor * LINE
    node = t.aside[line + aside_row.BACK_FIRST] - 1
    if node != NONE:
        t.aside[line + aside_row.BACK_FIRST] = detached.next_of(t, node)
        t.aside[line + aside_row.BACK_COUNT] -= 1
        t.aside[line + aside_row.IN_HAND] = node + 1
    return node


@optional_kernel("has_stash", cold=False)
def free_handled(t: Tables, worker: int, actor: int, node: int) -> None:
    """Free a detached message that was handled, unless it was put aside again."""
    if t.aside[actor * LINE + aside_row.IN_HAND] == node + 1:
        t.aside[actor * LINE + aside_row.IN_HAND] = 0
        detached.give(t, worker, node)
