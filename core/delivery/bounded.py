"""Mailboxes at fixed places: sending to them, and what an actor's life means for them.

Each behaviour may name a mailbox; its actors' messages then go into a *box*, which belongs
to the actor's slot and to that kind of mailbox alone (core.mailbox.registry), not into linked
rings. The actor's MAIL word stays what it is: where there are boxes, it says who schedules
the actor, and its signal says that somebody may have put a message into the box.

1. deliver: put the message, then fence, then look at MAIL; unless a signal is up there, or
   whoever resumes the actor will look anyway, raise one as core.lifecycle.commands does. What waits in
   the sender's own LIFO slot cannot run before the sender lets go of it, so needs none.
2. The owner takes the signal down, then fences, then reads the box. It goes idle from MAIL
   without a ring, which fails if a signal came. So either the owner sees the message, or
   the sender sees that the signal is down.
3. begin (who spawns): let messages in; once MAIL is idle, fence and look into the box. A
   sender with a reference to an earlier life may have come in between, and found nobody
   to wake.
4. The end: generation up, box closed, what is left read as dead letters, then MAIL is dead.
   A sender that comes later finds the box closed, or puts a message of an earlier life
   into a later one's box, where it becomes a dead letter.
5. poison: the reference + 1 in BOX_POISON, then a signal. The owner closes the box, reads what is
   in it, and stops. So nothing overtakes the request, and no overflow loses it.

A box and its positions outlive the actor, and no other kind of mailbox ever uses its words,
so a sender that read VARIANT long ago does no harm.
"""

from zbench.core.actors.refs import generation_of_ref, is_alive, ref_of, slot_of_ref
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.compile.noinline import noinline
from zbench.core.delivery import signal
from zbench.core.delivery.dead_letters import dead_letter
from zbench.core.events import event_ring
from zbench.core.mailbox import linked
from zbench.core.mailbox.bounded import by_type, cell, lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, bounded_row, mailbox_row, message_slot, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope, outcomes
from zbench.core.messages.envelope import Envelope, kind_of

TRIES = 16  # oldest messages that a sender drops at most for one of its own


@optional_kernel("has_bounded")
def deliver(t: Tables, worker: int, variant: int, e: Envelope) -> int:
    """Put a message into an actor's box and wake the actor; what became of it.

    DELIVERED, NOBODY or OVERFLOWN, as core.mailbox.linked; FAILED if the sender is to fail. Caller:
    the owner of row ``worker``.
    """
    noinline()
    row = lookup.row_of(variant)
    place = lookup.place_of(t, row, slot_of_ref(e.to))
    level = lookup.level_of(t, row, e.kind)
    life = generation_of_ref(e.to)
    outcome = by_type.put(t, row, place, level, life, e.kind, e.sender, e.data)
    if outcome == cell.FULL and t.mailbox_config[row + mailbox_row.OVERFLOW] == lookup.DROP_OLDEST:
        for _ in range(TRIES):
            _drop_oldest(t, worker, row, place, level, e.to, e.sender)
            outcome = by_type.put(t, row, place, level, life, e.kind, e.sender, e.data)
            if outcome != cell.FULL:
                break
    if (
        len(t.has_backpressure) > 0
        and e.sender != e.to
        and t.mailbox_config[row + mailbox_row.OVERFLOW] == lookup.SUSPEND
    ):
        _note_pressure(t, worker, row, place, slot_of_ref(e.to))
    if outcome == cell.PUT:
        wake(t, worker, slot_of_ref(e.to))
        return outcomes.DELIVERED
    if outcome == cell.CLOSED:
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.NOBODY)
        return outcomes.NOBODY
    atomics.fetch_add(t.bounded, slot_of_ref(e.to) * bounded_row.WORDS + bounded_row.DROPPED, 1)
    dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.OVERFLOWN)
    return (
        outcomes.FAILED
        if t.mailbox_config[row + mailbox_row.OVERFLOW] == lookup.FAIL
        else outcomes.OVERFLOWN
    )


@optional_kernel("has_backpressure")
def _note_pressure(t: Tables, worker: int, row: int, place: int, actor: int) -> None:
    """Note that a mailbox is beyond its limit, so that who sends to it is muted (core.delivery.backpressure)."""
    noinline()
    if by_type.size(t, row, place) > t.mailbox_config[row + mailbox_row.LIMIT]:
        t.worker[worker * worker_row.WORDS + worker_row.PRESSED] = actor + 1


@optional_kernel("has_bounded")
def _drop_oldest(
    t: Tables, worker: int, row: int, place: int, level: int, to: int, sender: int
) -> None:
    """Make a dead letter of the oldest message, if there is one to be had."""
    line = by_type.oldest(t, row, place, level, sender)
    if line == NONE:
        return
    # atomic: any sender may count here.
    atomics.fetch_add(t.bounded, slot_of_ref(to) * bounded_row.WORDS + bounded_row.DROPPED, 1)
    kind = kind_of(t.message[line + message_slot.HEADER])
    dead_letter(t, worker, to, kind, t.message[line + message_slot.SENDER], outcomes.OVERFLOWN)
    by_type.pop(t, row, place, line)


@kernel
def wake(t: Tables, worker: int, actor: int) -> None:
    """Have the owner look at the actor, where it would not do so anyway."""
    # What waits in our own LIFO slot runs later, and hands over what we stored before.
    if t.worker[worker * worker_row.WORDS + worker_row.LIFO] == actor:
        return
    # seq_cst; pairs with the fence in ready(): what the owner is to see is stored before we
    # look whether it will.
    atomics.fence()
    # relaxed: a signal that is up has not been taken down, so the owner has yet to look.
    word = atomics.load_relaxed(t.actor, actor * LINE + actor_row.MAIL)
    if word & (linked.SIGNAL | linked.SUSPENDED) == 0:
        signal.signal(t, worker, actor)


@optional_kernel("has_bounded")
def begin_read(t: Tables, actor: int, row: int, place: int) -> None:
    """Before the owner reads: order, and the figures of the mailbox."""
    noinline()
    # seq_cst; pairs with the fence in wake(): the signal is down before we look.
    atomics.fence()
    waiting = by_type.size(t, row, place)
    # relaxed, here and below: figures that others only read.
    if waiting > t.bounded[actor * bounded_row.WORDS + bounded_row.HIGH_WATER]:
        atomics.store_relaxed(
            t.bounded, actor * bounded_row.WORDS + bounded_row.HIGH_WATER, waiting
        )


@kernel
def count_received(t: Tables, actor: int, messages: int) -> None:
    """Add to the messages read in this life. Caller: the owner."""
    word = actor * bounded_row.WORDS + bounded_row.RECEIVED
    atomics.store_relaxed(t.bounded, word, t.bounded[word] + messages)


@optional_kernel("has_bounded")
def begin(t: Tables, actor: int, behaviour: int) -> None:
    """Give a new actor the mailbox of its behaviour. Caller: who spawns it."""
    noinline()
    line = actor * bounded_row.WORDS
    variant = t.config_of[behaviour]
    if t.bounded[line + bounded_row.CONFIG] != variant:
        # relaxed; see variant_of(). A slot that never had a box is only read.
        atomics.store_relaxed(t.bounded, line + bounded_row.CONFIG, variant)
    if variant == 0:
        return
    atomics.store_relaxed(t.bounded, line + bounded_row.RECEIVED, 0)
    atomics.store_relaxed(t.bounded, line + bounded_row.HIGH_WATER, 0)
    atomics.store_relaxed(t.bounded, line + bounded_row.DROPPED, 0)
    row = lookup.row_of(variant)
    by_type.setup(t, row, lookup.place_of(t, row, actor))


@optional_kernel("has_bounded")
def wake_if_nonempty(t: Tables, worker: int, actor: int) -> None:
    """Step 3: wake a new actor for what came before it was idle. Caller: who spawned it."""
    noinline()
    variant = lookup.variant_of(t, actor)
    if variant == 0:
        return
    # seq_cst; pairs with the fence in wake(): MAIL is idle before we look.
    atomics.fence()
    row = lookup.row_of(variant)
    if by_type.size(t, row, lookup.place_of(t, row, actor)) != 0:
        signal.signal(t, worker, actor)


@optional_kernel("has_bounded")
def poison(t: Tables, worker: int, to: int) -> None:
    """Ask an actor with a box to stop once it has handled what was sent to it before."""
    noinline()
    actor = slot_of_ref(to)
    word = actor * bounded_row.WORDS + bounded_row.POISON
    while True:
        asked = atomics.load_relaxed(t.bounded, word)
        if asked > to:
            # The same request is there already, or one for a later life.
            dead_letter(
                t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
            )
            return
        # acq_rel; nothing is carried.
        if atomics.compare_exchange(t.bounded, word, asked, to + 1):
            break
    if asked != 0:
        dead_letter(
            t, worker, asked - 1, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
        )
    # seq_cst; pairs with the fence in take_poison(): the request is there before we look
    # whether the life it means has ended.
    atomics.fence()
    if is_alive(t, to):
        wake(t, worker, actor)
    elif atomics.compare_exchange(t.bounded, word, to + 1, 0):
        dead_letter(t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY)


@kernel
def is_poisoned(t: Tables, actor: int) -> bool:
    """Whether this life is asked to stop. Caller: the owner."""
    # relaxed: the request carries nothing but itself.
    asked = atomics.load_relaxed(t.bounded, actor * bounded_row.WORDS + bounded_row.POISON)
    return asked == ref_of(t.actor[actor * LINE + actor_row.GENERATION], actor) + 1


@optional_kernel("has_bounded")
def take_poison(t: Tables, worker: int, actor: int) -> bool:
    """Take the request that this life stops, or that an earlier one had.

    False, and counted as a dead letter, if it is for an earlier life. Caller: the owner.
    """
    noinline()
    # seq_cst; pairs with the fence in poison(): the generation is up before we look.
    atomics.fence()
    # acq_rel; nothing is carried.
    asked = atomics.exchange(t.bounded, actor * bounded_row.WORDS + bounded_row.POISON, 0)
    if asked == ref_of(t.actor[actor * LINE + actor_row.GENERATION], actor) + 1:
        return True
    if asked != 0:
        dead_letter(
            t, worker, asked - 1, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
        )
    return False


@optional_kernel("has_bounded")
def close_if_empty(t: Tables, row: int, place: int) -> bool:
    """Close a box; whether nothing is left in it. Caller: the owner."""
    noinline()
    by_type.close(t, row, place)
    return by_type.size(t, row, place) == 0
