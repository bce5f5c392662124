"""What a behaviour can do: send, reply, spawn, stop, finish; and what it is told.

A behaviour is ``behaviour(ctx, state, message)``: the context, the actor's own words of
state, and the eight words of the message in place (layout's HEADER, SENDER, DATA). The
methods of ``Context`` work compiled and uncompiled.
"""

from typing import Any, NamedTuple

from zbench.core import atomics as at
from zbench.core import mailbox, pool, reserve, scheduler
from zbench.core.kernel import INTERPRETED, kernel
from zbench.core.layout import (
    ACTOR_LINK,
    ACTOR_POOL,
    BEHAVIOUR,
    DEAD_LETTERS,
    DONE,
    DONE_NS,
    GENERATION,
    LINE,
    MAIL,
    NONE,
    REFUSED,
    SENDER,
    SENT,
    SPILLS,
    STOPPING,
    WORKER_WORDS,
    Tables,
)
from zbench.core.refs import generation_of_ref, ref_of, slot_of_ref

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
    if reserve.put(t, worker, to, kind, sender, data):
        return
    actor = slot_of_ref(to)
    generation = generation_of_ref(to)
    if actor >= t.actors or at.load_relaxed(t.actor, actor * LINE + GENERATION) != generation:
        count(t, worker, DEAD_LETTERS, 1)
        return
    outcome = mailbox.put(t, worker, actor, generation, kind, sender, data)
    if outcome == mailbox.DELIVERED:
        reserve.begin(t, worker, actor, to)
    elif outcome == mailbox.WOKEN:
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
def create(t: Tables, worker: int, behaviour: int, state: tuple[int, ...]) -> int:
    """Make an idle actor; its reference, or NONE if every slot is taken."""
    slot = pool.take(t.shared, ACTOR_POOL, t.actor, ACTOR_LINK, t.actor_cache, worker, t.actors)
    if slot == NONE:
        return NONE
    line = slot * LINE
    t.actor[line + BEHAVIOUR] = behaviour
    for k in range(len(state), t.state_words):
        t.state[slot * t.state_words + k] = 0
    for k in range(min(t.state_words, len(state))):
        t.state[slot * t.state_words + k] = state[k]
    # release; pairs with the acquire load in mailbox.put().
    at.store_release(t.actor, line + MAIL, mailbox.IDLE)
    return ref_of(t.actor[line + GENERATION], slot)


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

        Returns its reference, or -1 if the table is full.
        """
        return create(self.tables, self.worker, behaviour, (a, b, c, d))

    def stop(self) -> None:
        """Stop the running actor after this message; what is left becomes dead letters."""
        self.tables.worker[self.worker * WORKER_WORDS + STOPPING] = 1

    def finish(self) -> None:
        """Say that the run is over."""
        finish(self.tables)


if not INTERPRETED:
    import numba as nb
    from numba.extending import overload_method

    def _method(name: str) -> Any:
        """Register the compiled twin of a method of Context."""
        return overload_method(nb.types.NamedTuple, name, strict=False, jit_options={"_nrt": False})

    def _is_context(kind: Any) -> bool:
        return getattr(kind, "instance_class", None) is Context

    @_method("send")
    def _send(
        self: Any,
        to: Any,
        kind: Any,
        a: Any = 0,
        b: Any = 0,
        c: Any = 0,
        d: Any = 0,
        e: Any = 0,
        f: Any = 0,
    ) -> Any:
        if not _is_context(self):
            return None

        def impl(
            self: Any,
            to: int,
            kind: int,
            a: int = 0,
            b: int = 0,
            c: int = 0,
            d: int = 0,
            e: int = 0,
            f: int = 0,
        ) -> None:
            me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
            deliver(self.tables, self.worker, to, kind, me, (a, b, c, d, e, f))

        return impl

    @_method("reply")
    def _reply(
        self: Any, kind: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0, e: Any = 0, f: Any = 0
    ) -> Any:
        if not _is_context(self):
            return None

        def impl(
            self: Any,
            kind: int,
            a: int = 0,
            b: int = 0,
            c: int = 0,
            d: int = 0,
            e: int = 0,
            f: int = 0,
        ) -> None:
            me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
            to = self.tables.message[self.slot + SENDER]
            deliver(self.tables, self.worker, to, kind, me, (a, b, c, d, e, f))

        return impl

    @_method("self_ref")
    def _self_ref(self: Any) -> Any:
        if not _is_context(self):
            return None
        return lambda self: ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)

    @_method("spawn")
    def _spawn(self: Any, behaviour: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0) -> Any:
        if not _is_context(self):
            return None
        return lambda self, behaviour, a=0, b=0, c=0, d=0: create(
            self.tables, self.worker, behaviour, (a, b, c, d)
        )

    @_method("stop")
    def _stop(self: Any) -> Any:
        if not _is_context(self):
            return None

        def impl(self: Any) -> None:
            self.tables.worker[self.worker * WORKER_WORDS + STOPPING] = 1

        return impl

    @_method("finish")
    def _finish(self: Any) -> Any:
        if not _is_context(self):
            return None
        return lambda self: finish(self.tables)
