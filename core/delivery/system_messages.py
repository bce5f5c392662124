"""System messages: handled before all user messages that wait.

A stack an actor (Treiber's), taken whole and reversed, as CAF does with its mailbox:

1. send_system: take a detached message from the pool, fill it, push it by an exchange of the
   actor's SYSTEM_STACK word {lives before, index + 1}, which fails once that incarnation has
   ended. The sender that finds the stack empty raises a signal, so that the actor wakes.
2. next_system_message (owner, before each message): messages taken before, in order; else
   the whole stack, reversed, so that messages of one sender stay in order.
3. close (owner): the exchange that takes the last of them writes the next life, so a
   later sender finds that the actor has ended. The messages taken become dead letters.

There are three classes of messages. Control: stop, restart and resume, which are bits, not
messages, carried out before anything else (core.lifecycle.commands). System: these. User: the
rest.
"""

from zbench.core.actors.refs import is_alive, lives_before, slot_of_ref
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.delivery import signal
from zbench.core.delivery.dead_letters import dead_letter
from zbench.core.delivery.send import to_nobody
from zbench.core.events import event_ring
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, aside_row, detached_row, message_slot, worker_row
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words
from zbench.core.memory.tables import Tables
from zbench.core.messages import detached, envelope, outcomes
from zbench.core.messages.envelope import Envelope
from zbench.core.metrics.counters import count
from zbench.core.queues import treiber

SYSTEM_CLASS = 1 << 62  # in the header of a system message


@kernel
def is_system(message: Words) -> bool:
    """Whether a message, or any line that begins with a header, is a system message."""
    return message[message_slot.HEADER] & SYSTEM_CLASS != 0


@optional_kernel("has_system_messages")
def send_system(t: Tables, worker: int, e: Envelope) -> None:
    """Send a message that overtakes user messages. Caller: the owner of row ``worker``."""
    count(t, worker, worker_row.SENT, 1)
    if len(t.has_events) > 1:
        event_ring.sample(t, worker, e.sender, e.to, e.kind)
    if not is_alive(t, e.to):
        to_nobody(t, worker, e)
        return
    node = detached.take_for_system(t, worker)
    if node == NONE:
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.REFUSED)
        return
    slot = detached.slot_of(t, node)
    envelope.write(t, slot, 0, e)
    t.message[slot + message_slot.HEADER] |= SYSTEM_CLASS
    below = _push(t, e.to, node)
    if below == NONE:
        detached.give(t, worker, node)
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.NOBODY)
    elif below == 0:
        # Senders that push on top of it need not: their messages are found together.
        signal.signal(t, worker, slot_of_ref(e.to))


@kernel
def _push(t: Tables, to: int, node: int) -> int:
    """Push on an actor's stack; index + 1 of the message below, NONE if that actor ended."""
    stack = slot_of_ref(to) * PAIR + aside_row.SYSTEM_STACK
    link = node * LINE + detached_row.NEXT
    return treiber.push_for(t.system_stack, stack, lives_before(to), t.detached, link, node + 1)


@optional_kernel("has_system_messages", cold=False)
def next_system_message(t: Tables, actor: int) -> int:
    """Index of the next system message, or NONE. Caller: the owner."""
    line = actor * LINE
    node = t.aside[line + aside_row.SYSTEM_FIRST] - 1
    if node == NONE:
        # relaxed: the exchange in _take() carries the messages.
        word = atomics.load_relaxed(t.system_stack, actor * PAIR + aside_row.SYSTEM_STACK)
        if word & treiber.INDEX_MASK == 0:
            return NONE
        node = _take(t, actor, word >> treiber.INDEX_BITS) - 1
    t.aside[line + aside_row.SYSTEM_FIRST] = detached.next_of(t, node)
    return node


@optional_kernel("has_system_messages")
def close(t: Tables, actor: int) -> int:
    """Close an ended actor's stack: index + 1 of its messages. Caller: the owner."""
    return _take(t, actor, lives_before(t.actor[actor * LINE + actor_row.REF]))


@optional_kernel("has_system_messages")
def _take(t: Tables, actor: int, life: int) -> int:
    """Take the whole stack, oldest first, as index + 1; the word gets that life."""
    # Only the owner takes.
    stack = actor * PAIR + aside_row.SYSTEM_STACK
    word = treiber.take_all(t.system_stack, stack, treiber.empty_head(life))
    node = word & treiber.INDEX_MASK
    oldest = 0
    while node != 0:
        below = detached.next_of(t, node - 1)
        detached.link(t, node - 1, oldest)
        oldest = node
        node = below
    return oldest
