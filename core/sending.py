"""Sending: what becomes of a message, and the worker's counters of it."""

from zbench.core import asks, mailbox, reserve, scheduler
from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import (
    DEAD_LETTERS,
    GENERATION,
    LINE,
    POISON,
    PROCESSED,
    REFUSED,
    SENT,
    SPILLS,
    WORKER_WORDS,
    Tables,
)
from zbench.core.refs import generation_of_ref, slot_of_ref


@kernel
def count(t: Tables, worker: int, counter: int, by: int) -> None:
    """Add to one of the worker's counters, which others only read."""
    at.store_relaxed(
        t.worker, worker * WORKER_WORDS + counter, t.worker[worker * WORKER_WORDS + counter] + by
    )


@kernel
def deliver(t: Tables, worker: int, to: int, kind: int, sender: int, data: mailbox.Data) -> None:
    """Send a message and schedule its receiver if that was idle.

    Caller: the thread that owns row ``worker``. A message to nobody is counted as a
    dead letter.
    """
    # Before the message can be handled, so that sent >= handled at any moment.
    count(t, worker, SENT, 1)
    if reserve.put(t, worker, to, kind, sender, data):
        return
    actor = slot_of_ref(to)
    generation = generation_of_ref(to)
    if actor >= t.actors or at.load_relaxed(t.actor, actor * LINE + GENERATION) != generation:
        if len(t.asking) > 0 and asks.answer(t, to, kind, data):
            count(t, worker, PROCESSED, 1)
            return
        count(t, worker, DEAD_LETTERS, 1)
        return
    outcome = mailbox.put(t, worker, actor, generation, kind, sender, data)
    if outcome == mailbox.DELIVERED:
        reserve.begin(t, worker, actor, to)
    else:
        _settle(t, worker, actor, outcome)


@kernel
def _settle(t: Tables, worker: int, actor: int, outcome: int) -> None:
    """Do what a message that was not simply delivered calls for."""
    if outcome == mailbox.WOKEN:
        scheduler.schedule(t, worker, actor)
    elif outcome == mailbox.SPILLED:
        count(t, worker, SPILLS, 1)
        # This behaviour floods its receivers: let others run what it woke.
        scheduler.share_lifo(t, worker)
    else:
        count(t, worker, DEAD_LETTERS, 1)
        if outcome == mailbox.REFUSED:
            count(t, worker, REFUSED, 1)


@kernel
def poison(t: Tables, worker: int, to: int) -> None:
    """Ask an actor to stop once it has handled what was sent to it before.

    The request is a message of POISON for the life before the present one, so that the
    reader looks at it only where it finds dead letters.
    """
    count(t, worker, SENT, 1)
    # What was reserved would be filled later, but stands before this message.
    reserve.give_back(t, worker)
    actor = slot_of_ref(to)
    generation = generation_of_ref(to)
    if actor >= t.actors or at.load_relaxed(t.actor, actor * LINE + GENERATION) != generation:
        count(t, worker, DEAD_LETTERS, 1)
        return
    data = (to, 0, 0, 0, 0, 0)
    outcome = mailbox.put(t, worker, actor, generation - 1, 0, POISON, data)
    if outcome != mailbox.DELIVERED:
        _settle(t, worker, actor, outcome)
