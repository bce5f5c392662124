"""Bounded mailboxes: sending to them, and their start, end and stop requests.

A behaviour may name a bounded mailbox. Its actors' messages then go into words of ``message``
that belong to the actor's slot and that configuration alone (core.mailbox.placement), not into
linked rings. The actor's MAIL word still decides who schedules the actor, and its signal says
that the mailbox may have a message.

1. deliver: put the message, then fence, then look at MAIL. Raise a signal as
   core.lifecycle.commands does, unless one is raised there or the actor is suspended: then
   it looks anyway when it resumes. An actor in the sender's own LIFO slot cannot run before
   the sender releases it, so it needs none.
2. The owner clears the signal, then fences, then reads the mailbox. It goes idle from MAIL
   without a ring, which fails if a signal came. So either the owner sees the message, or
   the sender sees that the signal is cleared.
3. begin (the spawning thread): open the mailbox; once MAIL is idle, fence and look into it
   (wake_if_nonempty). A sender with a reference to an earlier incarnation may have come in
   between, and found no actor to wake.
4. The end: raise the generation, close the mailbox, read the remaining messages as dead
   letters, then mark MAIL dead. A later sender finds the mailbox closed, or puts a message
   for an earlier incarnation into a later one's mailbox, where it becomes a dead letter.
5. poison: store the reference in POISON, then raise a signal. The owner closes the
   mailbox, reads its messages, and stops. So nothing overtakes the request, and no overflow
   loses it.

A mailbox and its positions outlive the actor, and no other configuration ever uses its words,
so a sender that read CONFIG long ago does no harm.
"""

from zbench.core.actors.refs import generation_of_ref, is_alive, slot_of_ref
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

TRIES = 16  # most old messages that a sender drops for one of its own


@optional_kernel("has_bounded")
def deliver(t: Tables, worker: int, config: int, e: Envelope) -> int:
    """Put a message into an actor's bounded mailbox and wake the actor; the outcome.

    DELIVERED, NOBODY or OVERFLOWN (core.messages.outcomes), FAILED if the sender must fail.
    Caller: the owner of row ``worker``.
    """
    noinline()
    row = lookup.row_of(config)
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
    """Note a mailbox beyond its limit, so that the sender is muted (core.delivery.backpressure)."""
    noinline()
    if by_type.size(t, row, place) > t.mailbox_config[row + mailbox_row.LIMIT]:
        t.worker[worker * worker_row.WORDS + worker_row.PRESSED] = actor + 1


@optional_kernel("has_bounded")
def _drop_oldest(
    t: Tables, worker: int, row: int, place: int, level: int, to: int, sender: int
) -> None:
    """Turn the oldest message into a dead letter, if one can be claimed."""
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
    """Signal the actor, unless its owner will look anyway."""
    # An actor in our own LIFO slot runs later; its hand-over publishes our stores.
    if t.worker[worker * worker_row.WORDS + worker_row.LIFO] == actor:
        return
    # seq_cst; pairs with the fence in begin_read(): our stores for the owner come before our
    # look at MAIL.
    atomics.fence()
    # relaxed: a signal that is up has not been cleared, so the owner has yet to look.
    word = atomics.load_relaxed(t.actor, actor * LINE + actor_row.MAIL)
    if word & (linked.SIGNAL | linked.SUSPENDED) == 0:
        signal.signal(t, worker, actor)


@optional_kernel("has_bounded")
def begin_read(t: Tables, actor: int, row: int, place: int) -> None:
    """Before the owner reads: order its reads, and update the mailbox's figures."""
    noinline()
    # seq_cst; pairs with the fence in wake(): the signal is cleared before we look.
    atomics.fence()
    waiting = by_type.size(t, row, place)
    # relaxed, here and below: figures that others only read.
    if waiting > t.bounded[actor * bounded_row.WORDS + bounded_row.HIGH_WATER]:
        atomics.store_relaxed(
            t.bounded, actor * bounded_row.WORDS + bounded_row.HIGH_WATER, waiting
        )


@kernel
def count_received(t: Tables, actor: int, messages: int) -> None:
    """Add to the messages read in this incarnation. Caller: the owner."""
    word = actor * bounded_row.WORDS + bounded_row.RECEIVED
    atomics.store_relaxed(t.bounded, word, t.bounded[word] + messages)


@optional_kernel("has_bounded")
def begin(t: Tables, actor: int, behaviour: int) -> None:
    """Give a new actor the mailbox of its behaviour. Caller: the spawning thread."""
    noinline()
    line = actor * bounded_row.WORDS
    config = t.config_of[behaviour]
    if t.bounded[line + bounded_row.CONFIG] != config:
        # relaxed; see lookup.config_of(). Without a change the word is only read.
        atomics.store_relaxed(t.bounded, line + bounded_row.CONFIG, config)
    if config == 0:
        return
    atomics.store_relaxed(t.bounded, line + bounded_row.RECEIVED, 0)
    atomics.store_relaxed(t.bounded, line + bounded_row.HIGH_WATER, 0)
    atomics.store_relaxed(t.bounded, line + bounded_row.DROPPED, 0)
    row = lookup.row_of(config)
    by_type.setup(t, row, lookup.place_of(t, row, actor))


@optional_kernel("has_bounded")
def wake_if_nonempty(t: Tables, worker: int, actor: int) -> None:
    """Step 3: wake a new actor for messages that came before it was idle. Caller: as begin."""
    noinline()
    config = lookup.config_of(t, actor)
    if config == 0:
        return
    # seq_cst; pairs with the fence in wake(): MAIL is idle before we look.
    atomics.fence()
    row = lookup.row_of(config)
    if by_type.size(t, row, lookup.place_of(t, row, actor)) != 0:
        signal.signal(t, worker, actor)


@optional_kernel("has_bounded")
def poison(t: Tables, worker: int, to: int) -> None:
    """Ask an actor with a bounded mailbox to stop after all earlier messages."""
    noinline()
    actor = slot_of_ref(to)
    word = actor * bounded_row.WORDS + bounded_row.POISON
    while True:
        asked = atomics.load_relaxed(t.bounded, word)
        if asked >= to:
            # The same request is there already, or one for a later incarnation.
            dead_letter(
                t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
            )
            return
        # acq_rel; nothing is carried.
        if atomics.compare_exchange(t.bounded, word, asked, to):
            break
    if asked != 0:
        dead_letter(
            t, worker, asked, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
        )
    # seq_cst; pairs with the fence in take_poison(): the request is there before we look
    # whether its incarnation has ended.
    atomics.fence()
    if is_alive(t, to):
        wake(t, worker, actor)
    elif atomics.compare_exchange(t.bounded, word, to, 0):
        dead_letter(t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY)


@kernel
def is_poisoned(t: Tables, actor: int) -> bool:
    """Whether this incarnation is asked to stop. Caller: the owner."""
    # relaxed: the request carries nothing but itself.
    asked = atomics.load_relaxed(t.bounded, actor * bounded_row.WORDS + bounded_row.POISON)
    return asked == t.actor[actor * LINE + actor_row.REF]


@optional_kernel("has_bounded")
def take_poison(t: Tables, worker: int, actor: int) -> bool:
    """Consume a stop request meant for this incarnation or an earlier one.

    False, and counted as a dead letter, if it is for an earlier one. Caller: the owner.
    """
    noinline()
    # seq_cst; pairs with the fence in poison(): the generation is raised before we look.
    atomics.fence()
    # acq_rel; nothing is carried.
    asked = atomics.exchange(t.bounded, actor * bounded_row.WORDS + bounded_row.POISON, 0)
    if asked == t.actor[actor * LINE + actor_row.REF]:
        return True
    if asked != 0:
        dead_letter(
            t, worker, asked, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY
        )
    return False


@optional_kernel("has_bounded")
def close_if_empty(t: Tables, row: int, place: int) -> bool:
    """Close a mailbox; True if it is empty. Caller: the owner."""
    noinline()
    by_type.close(t, row, place)
    return by_type.size(t, row, place) == 0
