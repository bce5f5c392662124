"""What a behaviour can do: send, reply, spawn, stop, finish; and what it is told.

A behaviour is ``behaviour(ctx, state, message)``: the context, the actor's own words of
state, and the eight words of the message in place (layout's HEADER, SENDER, DATA). The
methods of ``Context`` work compiled and uncompiled.
"""

from typing import NamedTuple

from zbench.core import atomics as at
from zbench.core import events, family, faults, mailbox, reserve, scheduler, stages
from zbench.core.kernel import INTERPRETED, kernel
from zbench.core.layout import (
    BEHAVIOUR,
    DEAD_LETTERS,
    DONE,
    DONE_NS,
    FAMILY_WORDS,
    FAULT_CODES,
    GENERATION,
    LINE,
    NO_SENDER,
    NONE,
    PARENT,
    POISON,
    REFUSED,
    SENDER,
    SENT,
    SPILLS,
    WANTS,
    WORKER_WORDS,
    Tables,
)
from zbench.core.refs import generation_of_ref, ref_of, slot_of_ref
from zbench.core.spawning import create

DATA_WORDS = 6


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
    if len(t.events) > 1:
        events.sample(t, worker, sender, to, kind)
    if reserve.put(t, worker, to, kind, sender, data):
        return
    actor = slot_of_ref(to)
    generation = generation_of_ref(to)
    if actor >= t.actors or at.load_relaxed(t.actor, actor * LINE + GENERATION) != generation:
        _lose(t, worker, to, kind & mailbox.KIND_MASK, sender, mailbox.NOBODY)
        return
    outcome = mailbox.put(t, worker, actor, generation, kind, sender, data)
    if outcome == mailbox.DELIVERED:
        reserve.begin(t, worker, actor, to)
    elif outcome == mailbox.NOBODY or outcome == mailbox.REFUSED:
        _lose(t, worker, to, kind & mailbox.KIND_MASK, sender, outcome)
    else:
        _settle(t, worker, actor, outcome)


@kernel
def _settle(t: Tables, worker: int, actor: int, outcome: int) -> None:
    """Do what a message calls for that woke its receiver or spilled."""
    if outcome == mailbox.WOKEN:
        scheduler.schedule(t, worker, actor)
    else:
        count(t, worker, SPILLS, 1)
        # This behaviour floods its receivers: let others run what it woke.
        scheduler.share_lifo(t, worker)


@kernel
def _lose(t: Tables, worker: int, to: int, kind: int, sender: int, outcome: int) -> None:
    """Count a message that could not be delivered as a dead letter."""
    count(t, worker, DEAD_LETTERS, 1)
    why = events.NO_ACTOR
    if outcome == mailbox.REFUSED:
        count(t, worker, REFUSED, 1)
        why = events.NO_ROOM
    if len(t.events) > 0:
        events.emit(t, worker, events.DEAD_LETTER, sender, to, kind, why)


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
        _lose(t, worker, to, events.STOP_REQUEST, NO_SENDER, mailbox.NOBODY)
        return
    data = (to, 0, 0, 0, 0, 0)
    outcome = mailbox.put(t, worker, actor, generation - 1, 0, POISON, data)
    if outcome == mailbox.NOBODY or outcome == mailbox.REFUSED:
        _lose(t, worker, to, events.STOP_REQUEST, NO_SENDER, outcome)
    elif outcome != mailbox.DELIVERED:
        _settle(t, worker, actor, outcome)


@kernel
def want(t: Tables, worker: int, wish: int) -> None:
    """Note what the running behaviour asks of its actor's life (core.stages)."""
    t.worker[worker * WORKER_WORDS + WANTS] = wish


@kernel
def fail(t: Tables, worker: int, actor: int, code: int) -> None:
    """Note that the running behaviour gives up, with a code from 1."""
    known = code if 0 < code < FAULT_CODES else FAULT_CODES - 1
    faults.note(t, worker, actor, t.actor[actor * LINE + BEHAVIOUR], -known)
    want(t, worker, stages.FAIL + known)


@kernel
def stop_now(t: Tables, worker: int, ref: int) -> None:
    """Command an actor to stop after the message it handles."""
    if len(t.supervised) > 0:
        family.command(t, worker, ref, stages.STOP_NOW)


@kernel
def parent_of(t: Tables, actor: int) -> int:
    """Reference to an actor's parent, or NONE where actors are not supervised."""
    if len(t.supervised) > 0:
        parent = t.family[actor * FAMILY_WORDS + PARENT]
        return ref_of(at.load_relaxed(t.actor, parent * LINE + GENERATION), parent)
    return NONE


@kernel
def finish(t: Tables) -> None:
    """Say that the run is over: note the time and wake whoever waits."""
    at.store_relaxed(t.shared, DONE_NS, at.clock_ns())
    # acq_rel; release carries the time and the answer to the waiting thread.
    at.fetch_add(t.shared, DONE, 1)
    at.futex_wake(t.shared, DONE, 1 << 30)


class Context(NamedTuple):
    """The running actor's view of the system. Refs are int64 {generation, slot}."""

    tables: Tables
    worker: int
    actor: int
    slot: int  # of the message in tables.message

    def send(
        self,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        """Send a message of a kind with six words of data.

        Kinds are 0 to 65535; of any other number the low 16 bits are sent.
        """
        deliver(self.tables, self.worker, to, kind, self.self_ref(), (a, b, c, d, e, f))

    def reply(
        self, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0
    ) -> None:
        """Send to the actor whose message this is."""
        self.send(int(self.tables.message[self.slot + SENDER]), kind, a, b, c, d, e, f)

    def self_ref(self) -> int:
        """Reference to the running actor."""
        return ref_of(int(self.tables.actor[self.actor * LINE + GENERATION]), self.actor)

    def spawn(self, behaviour: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
        """Make an actor with a behaviour's index and its first words of state.

        The new actor is a child of the running one. Returns its reference, or -1 if the
        table is full.
        """
        return create(self.tables, self.worker, self.actor, behaviour, (a, b, c, d))

    def stop(self) -> None:
        """Stop the running actor after this message; what is left becomes dead letters."""
        want(self.tables, self.worker, stages.STOP_SELF)

    def fail(self, code: int) -> None:
        """Fail after this message, with a code of 1 to 7 that the supervisor decides by.

        A raise is a failure of code 0. Of any other number 7 is taken.
        """
        fail(self.tables, self.worker, self.actor, code)

    def stop_child(self, ref: int) -> None:
        """Stop an actor after the message it handles; the rest becomes dead letters.

        Only where actors are supervised; elsewhere use ``poison``.
        """
        stop_now(self.tables, self.worker, ref)

    def poison(self, ref: int) -> None:
        """Stop an actor once it has handled what was sent to it before."""
        poison(self.tables, self.worker, ref)

    def parent(self) -> int:
        """Reference to the parent, or -1 where actors are not supervised."""
        return parent_of(self.tables, self.actor)

    def finish(self) -> None:
        """Say that the run is over."""
        finish(self.tables)


if not INTERPRETED:
    from zbench.core import context_compiled  # noqa: F401  registers the compiled twins
