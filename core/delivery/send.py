"""Sending: delivery of a message to its receiver, and the worker's counters of it."""

from zbench.core.actors.refs import ONE_LIFE, is_alive, lives_in, slot_in, slot_of_ref
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
from zbench.core.messages.envelope import Envelope
from zbench.core.metrics.counters import count
from zbench.core.scheduler import work_stealing


@kernel
def deliver(t: Tables, worker: int, e: Envelope) -> int:
    """Send a message and schedule its receiver if the receiver was idle.

    Caller: the thread that owns row ``worker``. A message to nobody is counted as a
    dead letter. Returns FAILED if the sender must fail, SPILLED if a ring was full, else
    DELIVERED.
    """
    # Counted before the message can be handled, so that sent >= handled at any moment.
    count(t, worker, worker_row.SENT, 1)
    if len(t.has_events) > 1:
        event_ring.sample(t, worker, e.sender, e.to, e.kind)
    if reservation.put(t, worker, e):
        return outcomes.DELIVERED
    actor = slot_in(t, e.to)
    if not lives_in(t, actor, e.to):
        return to_nobody(t, worker, e)
    return _post(t, worker, actor, e)


@optional_kernel("has_routers")
def _route(t: Tables, worker: int, e: Envelope) -> int:
    """Forward a router's message to its routees; it has been counted as sent once."""
    if not routers.sends_to_all(t, e.to):
        routee = routers.pick(t, worker, e.to, e.data[0])
        return _post_to_routee(t, worker, routee, e)
    routee = routers.following(t, e.to, NONE)
    outcome = _post_to_routee(t, worker, routee, e)
    while routee != NONE:
        routee = routers.following(t, e.to, routee)
        if routee != NONE:
            count(t, worker, worker_row.SENT, 1)
            outcome = max(outcome, _post_to_routee(t, worker, routee, e))
    return outcome


@kernel
def _post_to_routee(t: Tables, worker: int, routee: int, e: Envelope) -> int:
    """Put a router's message into a routee's mailbox; a dead letter if there is no routee."""
    if routee == NONE:
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.NOBODY)
        return outcomes.DELIVERED
    copy = envelope.enclose(routee, e.kind, e.sender, e.data)
    if reservation.put(t, worker, copy):
        return outcomes.DELIVERED
    return _post(t, worker, slot_of_ref(routee), copy)


@kernel
def _post(t: Tables, worker: int, actor: int, e: Envelope) -> int:
    """Put a message into the mailbox of an actor, in that slot, that was alive just now."""
    # Bounded mailboxes hold messages of one line; a system has these or wide messages.
    if len(t.has_bounded) > 0 and len(e.data) == DATA_WORDS:
        config = lookup.config_of(t, actor)
        if config != 0:
            return bounded.deliver(t, worker, config, e)
    outcome = linked.put(t, worker, actor, e)
    if outcome == outcomes.DELIVERED:
        reservation.begin(t, worker, actor, e.to)
    else:
        _settle(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcome)
        if outcome == outcomes.SPILLED:
            return outcomes.SPILLED
    return outcomes.DELIVERED


@cold_kernel
def to_nobody(t: Tables, worker: int, e: Envelope) -> int:
    """Handle a message, counted as sent, whose receiver is no living actor."""
    if len(t.has_asks) > 0 and ask_host.answer(t, e):
        count(t, worker, worker_row.PROCESSED, 1)
    elif len(t.has_routers) > 0 and routers.is_router(t, e.to):
        return _route(t, worker, e)
    elif len(t.has_questions) > 0 and e.to <= ask_actors.FIRST:
        _answer(t, worker, e)
    else:
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.NOBODY)
    return outcomes.DELIVERED


@optional_kernel("has_questions")
def _answer(t: Tables, worker: int, e: Envelope) -> None:
    """Pass a reply, or the message of a time-out, on to the asker, if it is the first."""
    timed_out = e.sender == e.to
    asker = ask_actors.redeem(t, worker, e.to, timed_out)
    if asker == NONE and timed_out:
        # The reply came first; the timer alone sent this.
        count(t, worker, worker_row.PROCESSED, 1)
    elif asker == NONE or not is_alive(t, asker):
        dead_letter(t, worker, e.to, e.kind & envelope.KIND_MASK, e.sender, outcomes.NOBODY)
    else:
        # Reserved slots would be filled later, but stand before this message.
        reservation.give_back(t, worker)
        _post(t, worker, slot_of_ref(asker), envelope.enclose(asker, e.kind, e.to, e.data))


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
    if len(t.has_bounded) > 0 and lookup.config_of(t, slot_of_ref(to)) != 0:
        bounded.poison(t, worker, to)
        return
    actor = slot_of_ref(to)
    request = envelope.enclose(to - ONE_LIFE, 0, message_slot.POISON, (to, 0, 0, 0, 0, 0))
    outcome = linked.put(t, worker, actor, request)
    if outcome != outcomes.DELIVERED:
        _settle(t, worker, to, event_ring.STOP_REQUEST, message_slot.NO_SENDER, outcome)
