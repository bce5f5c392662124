"""Sending: delivery of a message to its receiver, and the worker's counters of it."""

from zbench.core.actors.refs import generation_of_ref, is_alive, slot_of_ref
from zbench.core.compile.kernel import cold_kernel, kernel, optional_kernel
from zbench.core.delivery import ask_actors, ask_host, bounded, routers
from zbench.core.delivery.dead_letters import dead_letter
from zbench.core.events import event_ring
from zbench.core.mailbox import linked, reservation
from zbench.core.mailbox.bounded import lookup
from zbench.core.memory.layout import message_slot, worker_row
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.layout.message_slot import DATA_WORDS
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope, outcomes
from zbench.core.messages.envelope import Carried
from zbench.core.metrics.counters import count
from zbench.core.scheduler import work_stealing


@kernel
def deliver(t: Tables, worker: int, to: int, kind: int, sender: int, data: Carried) -> int:
    """Send a message and schedule its receiver if the receiver was idle.

    Caller: the thread that owns row ``worker``. A message to nobody is counted as a
    dead letter. Returns FAILED if the sender must fail, SPILLED if a ring was full, else
    DELIVERED.
    """
    # Counted before the message can be handled, so that sent >= handled at any moment.
    count(t, worker, worker_row.SENT, 1)
    if len(t.has_events) > 1:
        event_ring.sample(t, worker, sender, to, kind)
    if reservation.put(t, worker, to, kind, sender, data):
        return outcomes.DELIVERED
    if not is_alive(t, to):
        return to_nobody(t, worker, to, kind, sender, data)
    return _post(t, worker, to, kind, sender, data)


@optional_kernel("has_routers")
def _route(t: Tables, worker: int, to: int, kind: int, sender: int, data: Carried) -> int:
    """Forward a router's message to its routees; it has been counted as sent once."""
    if not routers.sends_to_all(t, to):
        routee = routers.pick(t, worker, to, data[0])
        if routee == NONE:
            dead_letter(t, worker, to, kind & envelope.KIND_MASK, sender, outcomes.NOBODY)
        elif not reservation.put(t, worker, routee, kind, sender, data):
            return _post(t, worker, routee, kind, sender, data)
        return outcomes.DELIVERED
    outcome = outcomes.DELIVERED
    routee = routers.following(t, to, NONE)
    if routee == NONE:
        dead_letter(t, worker, to, kind & envelope.KIND_MASK, sender, outcomes.NOBODY)
    while routee != NONE:
        if not reservation.put(t, worker, routee, kind, sender, data):
            outcome = max(outcome, _post(t, worker, routee, kind, sender, data))
        routee = routers.following(t, to, routee)
        if routee != NONE:
            count(t, worker, worker_row.SENT, 1)
    return outcome


@kernel
def _post(t: Tables, worker: int, to: int, kind: int, sender: int, data: Carried) -> int:
    """Put a message into the mailbox of an actor that was alive just now."""
    actor = slot_of_ref(to)
    # Bounded mailboxes hold messages of one line; a system has these or wide messages.
    if len(t.has_bounded) > 0 and len(data) == DATA_WORDS:
        variant = lookup.variant_of(t, actor)
        if variant != 0:
            return bounded.deliver(t, worker, variant, to, kind, sender, data)
    outcome = linked.put(t, worker, actor, generation_of_ref(to), kind, sender, data)
    if outcome == outcomes.DELIVERED:
        reservation.begin(t, worker, actor, to)
    else:
        _settle(t, worker, to, kind & envelope.KIND_MASK, sender, outcome)
        if outcome == outcomes.SPILLED:
            return outcomes.SPILLED
    return outcomes.DELIVERED


@cold_kernel
def to_nobody(t: Tables, worker: int, to: int, kind: int, sender: int, data: Carried) -> int:
    """Handle a message, counted as sent, whose receiver is no living actor."""
    if len(t.has_asks) > 0 and ask_host.answer(t, to, kind, data):
        count(t, worker, worker_row.PROCESSED, 1)
    elif len(t.has_routers) > 0 and routers.is_router(t, to):
        return _route(t, worker, to, kind, sender, data)
    elif len(t.has_questions) > 0 and to <= ask_actors.FIRST:
        _answer(t, worker, to, kind, sender, data)
    else:
        dead_letter(t, worker, to, kind & envelope.KIND_MASK, sender, outcomes.NOBODY)
    return outcomes.DELIVERED


@optional_kernel("has_questions")
def _answer(t: Tables, worker: int, to: int, kind: int, sender: int, data: Carried) -> None:
    """Pass a reply, or the message of a time-out, on to the asker, if it is the first."""
    timed_out = sender == to
    asker = ask_actors.redeem(t, worker, to, timed_out)
    if asker == NONE and timed_out:
        # The reply came first; nobody sent this but the timer.
        count(t, worker, worker_row.PROCESSED, 1)
    elif asker == NONE or not is_alive(t, asker):
        dead_letter(t, worker, to, kind & envelope.KIND_MASK, sender, outcomes.NOBODY)
    else:
        # Reserved slots would be filled later, but stand before this message.
        reservation.give_back(t, worker)
        _post(t, worker, asker, kind, to, data)


@kernel
def _settle(t: Tables, worker: int, to: int, kind: int, sender: int, outcome: int) -> None:
    """Follow up on a message that was not simply put into a ring with room."""
    if outcome == outcomes.NOBODY or outcome == outcomes.REFUSED:
        dead_letter(t, worker, to, kind, sender, outcome)
    elif outcome == outcomes.WOKEN:
        work_stealing.schedule(t, worker, slot_of_ref(to))
    else:
        count(t, worker, worker_row.SPILLS, 1)
        # This behaviour floods its receivers: let others run the actors it woke.
        work_stealing.share_lifo(t, worker)


@cold_kernel
def poison(t: Tables, worker: int, to: int) -> None:
    """Ask an actor to stop once it has handled all earlier messages.

    The request is a message from POISON for the incarnation before the present one, so that
    the reader tests for it only where it finds dead letters.
    """
    count(t, worker, worker_row.SENT, 1)
    # Reserved slots would be filled later, but stand before this message.
    reservation.give_back(t, worker)
    if not is_alive(t, to):
        dead_letter(t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcomes.NOBODY)
        return
    if len(t.has_bounded) > 0 and lookup.variant_of(t, slot_of_ref(to)) != 0:
        bounded.poison(t, worker, to)
        return
    data = (to, 0, 0, 0, 0, 0)
    before = generation_of_ref(to) - 1
    outcome = linked.put(t, worker, slot_of_ref(to), before, 0, message_slot.POISON, data)
    if outcome != outcomes.DELIVERED:
        _settle(t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcome)
