"""Back-pressure: a full mailbox mutes its senders until it has been read.

A mailbox of overflow "suspend" takes messages beyond its limit, up to twice as many. An
actor whose message goes in beyond the limit, the *sender*, is muted after the message it
handles: it still carries out commands, but handles no more messages until the *receiver*
has fewer than half its limit. After Pony's runtime, where an overloaded actor is never
muted; here the one rule is that actors do not wait for each other in a circle.

1. _note_pressure (core.delivery.bounded, sender): note the receiver in the worker's PRESSED.
2. mute (sender's owner, after the message): WAITS_FOR names the receiver. Fence. If the
   chain of WAITS_FOR from the receiver leads back, or is too long, clear it: not muted.
   Else push the sender on the receiver's stack WAITING. Fence. If the receiver has been
   read meanwhile, unmute_all.
3. Before each run the owner tests whether WAITS_FOR is still set, and if so suspends the
   actor as core.mailbox.linked does.
4. unmute_if_drained (receiver's owner, after each batch): fence; if few messages are left,
   unmute_all.
5. unmute_all: take the whole stack; for each sender read the link, then clear WAITS_FOR,
   then raise a signal.

Nobody waits for ever:
- No circle. In a lasting circle some sender was the last to fence in step 2. All other
  WAITS_FOR were set by then, so its walk led back to it, and it cleared its own.
- So from each muted sender the chain ends at an actor that is not muted. Its mailbox is at
  least half full, so it is scheduled, and its reading depends on no other actor. If it
  ends, the remaining messages are read as dead letters; a restart keeps the mailbox.
- No lost wake-up. The fences of steps 2 and 4 pair: either the sender sees that messages
  were read, or the receiver's owner sees the sender on the stack.
- The end of a muted incarnation changes REF, so MUTED names another incarnation. The
  slot stays on the stack; until it is taken off, the next incarnation is not muted, since
  its link is in use. A signal to that incarnation finds nothing to do.
- A receiver's slot may be used again, with another configuration too: the owner that read
  the old mailbox to its end did step 4, and later senders see no mailbox half full.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.compile.noinline import noinline
from zbench.core.delivery import signal
from zbench.core.mailbox.bounded import by_type, lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, bounded_row, mailbox_row, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.metrics.counters import count
from zbench.core.queues import treiber

LONGEST = 64  # longest chain of waiting actors that is followed


@kernel
def is_muted(t: Tables, actor: int) -> bool:
    """Whether the actor must handle no messages now. Caller: the owner."""
    line = actor * bounded_row.WORDS
    if t.bounded[line + bounded_row.MUTED] != t.actor[actor * LINE + actor_row.REF]:
        return False
    # acquire; pairs with the release store in unmute_all(). Signals are handled before.
    return atomics.load_acquire(t.bounded, line + bounded_row.WAITS_FOR) != 0


@optional_kernel("has_backpressure")
def mute(t: Tables, worker: int, actor: int) -> bool:
    """Mute an actor that sent to a full mailbox; True if it is muted. Caller: the owner."""
    noinline()
    pressed = worker * worker_row.WORDS + worker_row.PRESSED
    receiver = t.worker[pressed] - 1
    t.worker[pressed] = 0
    line = actor * bounded_row.WORDS
    if receiver == actor or t.actor[actor * LINE + actor_row.BEHAVIOUR] == NONE:
        return False
    # acquire; pairs with the release store in unmute_all(): the link has been read.
    if atomics.load_acquire(t.bounded, line + bounded_row.WAITS_FOR) != 0:
        return False  # on a stack since an earlier incarnation
    atomics.store_relaxed(t.bounded, line + bounded_row.WAITS_FOR, receiver + 1)
    # seq_cst; pairs with itself in other senders: the last of a circle sees the others.
    atomics.fence()
    if _leads_to(t, receiver, actor):
        atomics.store_relaxed(t.bounded, line + bounded_row.WAITS_FOR, 0)
        return False
    count(t, worker, worker_row.MUTES, 1)
    t.bounded[line + bounded_row.MUTED] = t.actor[actor * LINE + actor_row.REF]
    waiting = receiver * bounded_row.WORDS + bounded_row.WAITING
    treiber.push(t.bounded, waiting, t.bounded, line + bounded_row.WAITS_NEXT, actor + 1)
    # seq_cst; pairs with the fence in unmute_if_drained(): we are on the stack before we look.
    atomics.fence()
    if _is_low(t, receiver):
        unmute_all(t, worker, receiver, actor)
    return is_muted(t, actor)


@kernel
def _leads_to(t: Tables, receiver: int, actor: int) -> bool:
    """Whether the receiver waits for the actor, perhaps through others; True if in doubt."""
    for _ in range(LONGEST):
        # relaxed; the fence in mute() comes before.
        waits_for = atomics.load_relaxed(
            t.bounded, receiver * bounded_row.WORDS + bounded_row.WAITS_FOR
        )
        if waits_for == 0:
            return False
        receiver = waits_for - 1
        if receiver == actor:
            return True
    return True


@kernel
def _is_low(t: Tables, receiver: int) -> bool:
    """Whether the receiver has fewer messages than half its limit."""
    config = lookup.config_of(t, receiver)
    if config == 0:
        return True
    row = lookup.row_of(config)
    if t.mailbox_config[row + mailbox_row.OVERFLOW] != lookup.SUSPEND:
        return True
    size = by_type.size(t, row, lookup.place_of(t, row, receiver))
    return 2 * size < t.mailbox_config[row + mailbox_row.LIMIT]


@optional_kernel("has_backpressure")
def unmute_if_drained(t: Tables, worker: int, receiver: int) -> None:
    """After a batch: unmute the waiting senders if few messages are left. Caller: the owner."""
    noinline()
    # seq_cst; pairs with the fence in mute(): messages we read are gone before we look.
    atomics.fence()
    if atomics.load_relaxed(
        t.bounded, receiver * bounded_row.WORDS + bounded_row.WAITING
    ) != 0 and _is_low(t, receiver):
        unmute_all(t, worker, receiver, receiver)


@optional_kernel("has_backpressure")
def unmute_all(t: Tables, worker: int, receiver: int, me: int) -> None:
    """Unmute all senders that wait for the receiver; ``me``, the running actor, needs no signal.

    Caller: the owner of row ``worker``.
    """
    noinline()
    waiting = treiber.take_all(t.bounded, receiver * bounded_row.WORDS + bounded_row.WAITING, 0)
    while waiting != 0:
        sender = waiting - 1
        line = sender * bounded_row.WORDS
        # Before WAITS_FOR is cleared: then the sender may link itself anew.
        waiting = atomics.load_relaxed(t.bounded, line + bounded_row.WAITS_NEXT)
        # release; pairs with the acquire loads in is_muted() and mute().
        atomics.store_release(t.bounded, line + bounded_row.WAITS_FOR, 0)
        if sender != me:
            signal.signal(t, worker, sender)
