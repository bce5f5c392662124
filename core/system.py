"""The actor system as Python sees it: workers, spawning, sending, waiting, counting."""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from zbench.core import affinity, entry, numa, stages, strategies
from zbench.core.asking import Answer, Asking
from zbench.core.asks import MOST_ASKS
from zbench.core.batching import Batching
from zbench.core.behaviour_names import BehaviourNames
from zbench.core.block_pool import BlockPool
from zbench.core.checks import ActorSystemError, check_range
from zbench.core.context import DATA_WORDS
from zbench.core.context_tables import block_tables, route_tables
from zbench.core.directory import Directory
from zbench.core.event_bus import EventBus, bus_of
from zbench.core.faults import Fault, read_faults
from zbench.core.layout import (
    DEAD_LETTERS,
    DONE,
    DONE_NS,
    DROPPED,
    FAILURES,
    GENERATION,
    GUARDIAN_GENERATION,
    GUARDIAN_SLOT,
    LINE,
    MOST_BEHAVIOURS,
    NO_SENDER,
    PARKS,
    POOL_BATCH,
    PROCESSED,
    REFUSED,
    RESTARTED,
    SENT,
    SIGNALLED,
    SIGNALS,
    SPILLS,
    STAGE,
    STASHED,
    STEAL_ATTEMPTS,
    STEALS,
    STOP,
    STOPPED,
    TICK,
    UNSTASHED,
    VAIN_LOOKS,
    WORKER_WORDS,
    Tables,
    new_tables,
)
from zbench.core.mailbox import KIND_MASK, Data
from zbench.core.mailbox_types import Mailbox
from zbench.core.mailboxes import Mailboxes, MailboxFigures
from zbench.core.program import Behaviour, Form, Program, build, compile_program
from zbench.core.refs import SLOT_BITS, SLOT_MASK, ActorRef, ref_of
from zbench.core.router_refs import MOST_ROUTERS, Router, Routers, Strategy, values_of
from zbench.core.schedulers import Loads, Scheduler, fit, read_loads, ticks_of
from zbench.core.settings import Settings
from zbench.core.supervision import STOPPING, Props, Supervisor, fill_policy, props_of
from zbench.core.topology import Topology
from zbench.core.tree import Tree, snapshot
from zbench.core.tuner import Tuner

WAIT_SLICE_NS = 50_000_000  # a waiting call returns this often, so that Ctrl-C is noticed
COUNTERS = {
    "sent": SENT,
    "processed": PROCESSED,
    "dead_letters": DEAD_LETTERS,
    "steal_attempts": STEAL_ATTEMPTS,
    "steals": STEALS,
    "parks": PARKS,
    "runs": TICK,
    "spills": SPILLS,
    "failures": FAILURES,
    "refused": REFUSED,
    "signals": SIGNALS,
    "signalled": SIGNALLED,
    "restarts": RESTARTED,
    "stopped": STOPPED,
    "stashed": STASHED,
    "dropped": DROPPED,
}


def power_of_two(n: int) -> int:
    """The smallest power of two that is at least n."""
    return 1 << max(0, n - 1).bit_length()


class ActorSystem:
    """Actors run by worker threads in compiled code; a context manager.

    Args:
        behaviours: every behaviour its actors may have; a behaviour's place is the
            index that ``Context.spawn`` takes. A dict gives them names, for ``spawn``
            and ``behaviour``; else they have their functions' names.
        workers: threads; 0 is one for every processor this process may use.
        actors: room for so many live actors.
        messages: room for so many waiting messages; beyond it messages become dead
            letters, counted as ``refused``.
        mailbox_capacity: slots of a mailbox's ring; a full ring spills into another.
        state_words: words of state of an actor.
        dispatch: "specialised" compiles the loop for these behaviours, "table" calls
            them through addresses.
        checked: whether an index out of range or a division by zero in a behaviour is a
            fault of its actor; without, the first is undefined and the second gives 0.
        supervised: whether actors have parents, hooks and supervisors, and can be
            stopped from outside at once; None: if a guardian, or a behaviour's ``Props``
            with hooks or a supervisor, is given. Without it a fault stops its actor, and the rest costs nothing.
        guardian: supervisor of the actors that Python spawns.
        timers: room for so many timers set at once; 0: none, except for the restarts of
            supervisors with a back-off.
        asks: room for so many questions from Python that wait for a reply.
        blocks: pool for ``ctx.allocate``, made for as many workers at least; one running
            system at a time may use it.
        directory: names for ``ctx.lookup``; as for ``blocks``.
        routers: how many routers there may be.
        routees: room for so many actors behind them, all routers together.
        stash: room for so many messages put aside by ``ctx.stash()``, of all actors.
        system_messages: room for so many waiting messages of ``send_system``.
        watches: room for so many watches of ``ctx.watch`` and ``system.watch``.
        questions: room for so many questions of ``ctx.ask`` that wait for a reply; each
            has a timer beside ``timers``.
        events: whether there is an event bus, ``system.events``; or one with options.
        pin: which processor each worker is pinned to: True or "compact" fills node by
            node, "spread" takes of each node in turn, both a processor of every core
            before the second of any, and nobody is pinned if there are more workers
            than processors; or a list of processors; or False.
        scheduler: "work-stealing", "priority", "numa", "load-balanced", "predictive", or
            a ``Scheduler`` with options. Those not chosen cost nothing.
        batching: a target for how long a batch takes; None: batches have as many
            messages as ``settings.batch``.
        tuner: whether a thread tunes ``settings`` while the system runs; or a ``Tuner``.

    Attributes:
        settings: what can be changed while the system runs.
        tuner: the tuner, with its history, or None.

    Raises:
        ValueError: on a size out of its range.
        MissingTablesError: if a behaviour uses what ``blocks`` or ``directory`` is for.
    """

    def __init__(
        self,
        behaviours: Sequence[Behaviour | Props] | Mapping[str, Behaviour | Props],
        *,
        workers: int = 0,
        actors: int = 10_000,
        messages: int = 1 << 20,
        mailbox_capacity: int = 64,
        state_words: int = LINE,
        dispatch: Form = "specialised",
        checked: bool = False,
        supervised: bool | None = None,
        guardian: Supervisor = STOPPING,
        timers: int = 0,
        asks: int = 256,
        blocks: BlockPool | None = None,
        directory: Directory | None = None,
        routers: int = 0,
        routees: int = 1024,
        stash: int = 0,
        system_messages: int = 0,
        watches: int = 0,
        questions: int = 0,
        events: bool | EventBus = False,
        pin: affinity.Pin = True,
        scheduler: str | Scheduler = "work-stealing",
        batching: Batching | None = None,
        tuner: bool | Tuner = False,
    ) -> None:
        check_range("workers", workers, 0, 256)
        check_range("actors", actors, 1, 1 << 24)
        check_range("messages", messages, 1, 1 << 32)
        check_range("mailbox_capacity", mailbox_capacity, 2, 1 << 16)
        check_range("asks", asks, 0, MOST_ASKS)
        check_range("routers", routers, 0, MOST_ROUTERS)
        check_range("routees", routees, 1, 1 << 20)
        check_range("state_words", state_words, 1, 1 << 16)
        self.behaviours = BehaviourNames(behaviours)
        if isinstance(behaviours, Mapping):
            behaviours = tuple(behaviours.values())
        check_range("number of behaviours", len(behaviours), 1, MOST_BEHAVIOURS)
        self.cpus = sorted(os.sched_getaffinity(0))
        self.workers = workers or len(self.cpus)
        self.supervised = (
            _wants_supervision(guardian, behaviours) if supervised is None else supervised
        )
        self._cpus = affinity.plan(pin, self.workers, self.cpus, Topology.read())
        self._schedule = fit(scheduler, self.workers, self._cpus)
        self._bus = bus_of(events)
        self._mailboxes = Mailboxes([props_of(b) for b in behaviours])
        slots = power_of_two(max(actors + self.supervised, 64))
        ring_slots = power_of_two(mailbox_capacity)
        self.tables: Tables = new_tables(
            workers=self.workers,
            actors=slots,
            rings=_rings(actors, messages, ring_slots, self.workers),
            ring_slots=ring_slots,
            state_words=state_words,
            supervised=self.supervised,
            asks=asks,
            timers=_timers(timers + questions, actors, self.workers, guardian, behaviours),
            blocks=block_tables(blocks, self.workers),
            routes=route_tables(directory, self.workers),
            routers=routers,
            routees=routees,
            stash_nodes=_nodes("stash", stash, self.workers),
            urgent_nodes=_nodes("system_messages", system_messages, self.workers),
            watches=_nodes("watches", watches, self.workers),
            questions=_nodes("questions", questions, self.workers),
            event_slots=self._bus.slots if self._bus else 0,
            event_sample=self._bus.sample_messages if self._bus else 0,
            placing=self._schedule.placing,
            batch_ticks=ticks_of(batching.target_us) if batching else 0,
            flushing=any(isinstance(b, Props) and b.after_batch for b in behaviours),
            boxes=self._mailboxes.option(),
            box_words=self._mailboxes.words(slots),
            levels=self._mailboxes.levels(),
        )
        self._mailboxes.fill(self.tables)
        self.program: Program = build(behaviours, dispatch, checked=checked, tables=self.tables)
        started = time.perf_counter()
        self.cache = "warm" if compile_program(self.program, self.tables) else "cold"
        self.compile_seconds = time.perf_counter() - started
        self._lock = threading.Lock()  # owns row `workers` of the tables
        self._asking = Asking(self.tables)
        self._routers = Routers(self.tables)
        self.settings = Settings(self.tables)
        self._schedule.fill(self.tables, self.program.behaviours)
        if self._bus is not None:
            self._bus.start(self.tables, self.counters)
        self.tuner = Tuner() if tuner is True else tuner or None
        if self.tuner is not None:
            self.tuner.start(self.counters, self.settings, self.workers)
        if self.supervised:
            fill_policy(self.tables, self.program.behaviours, guardian)
            entry.spawn_guardian(self.tables)
        self._threads = [
            threading.Thread(target=self._work, args=(w,), name=f"zbench-{w}", daemon=True)
            for w in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "ActorSystem":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _work(self, worker: int) -> None:
        affinity.apply(self._cpus[worker])
        self.program.loop(self.tables, worker)

    def stop(self) -> None:
        """Stop the workers after the batches they run; may be called again."""
        if self.tuner is not None:
            self.tuner.close()
        self.tables.shared[STOP] = 1
        entry.wake_all(self.tables)
        for thread in self._threads:
            thread.join()
        self._asking.close()
        if self._bus is not None:
            self._bus.close()

    def describe_scheduler(self) -> str:
        """One line: the scheduler asked for, and what it comes to on this machine."""
        return str(self._schedule)

    def affinity(self) -> list[tuple[int, ...]]:
        """The processors each worker may run on, as the operating system says."""
        return affinity.report(self._threads)

    def loads(self) -> Loads:
        """The workers' loads, as a load-balanced system sees them.

        Raises:
            ActorSystemError: if the scheduler is another one.
        """
        if self._schedule.placing.strategy != strategies.LOAD_BALANCED:
            msg = f"loads need scheduler='load-balanced', this one is {self._schedule}"
            raise ActorSystemError(msg)
        return read_loads(self.tables)

    def migrate(self, to: int | ActorRef, node: int) -> None:
        """Have an actor run on a node from its next wake-up on ("numa" only).

        Workers of other nodes run it only if they have nothing else to do.

        Raises:
            ActorSystemError: if there are no nodes.
            ValueError: if no worker is on that node.
        """
        if self._schedule.placing.strategy != strategies.NUMA:
            msg = f"there are no nodes to migrate to: {self._schedule}"
            raise ActorSystemError(msg)
        if node not in self._schedule.nodes:
            msg = f"node must be one of {sorted(set(self._schedule.nodes))}, got {node}"
            raise ValueError(msg)
        if self.is_alive(to):
            numa.move(self.tables, int(values_of([to])[0]) & SLOT_MASK, node)

    @property
    def events(self) -> EventBus:
        """The event bus.

        Raises:
            ActorSystemError: if the system has none.
        """
        if self._bus is None:
            msg = "there is no event bus without ActorSystem(..., events=True)"
            raise ActorSystemError(msg)
        return self._bus

    def behaviour(self, name: str) -> int:
        """Index of a behaviour, for ``ctx.spawn`` and ``ctx.become``.

        Raises:
            ValueError: if no behaviour has the name, or several have.
        """
        return self.behaviours.index(name)

    def spawn(self, behaviour: Behaviour | Props | str, *state: int) -> ActorRef:
        """Make an actor of a behaviour or its name; its first words of state may be given."""
        return ActorRef(self, int(self.spawn_many(behaviour, 1, *state)[0]))

    def spawn_many(
        self, behaviour: Behaviour | Props | str, number: int, *state: int
    ) -> NDArray[np.int64]:
        """Make many actors with the same state; their references.

        Raises:
            ActorSystemError: if the table has no room for them.
            ValueError: if the behaviour is not one of the system's.
        """
        refs = np.empty(number, np.int64)
        words = np.zeros(self.tables.state_words, np.int64)
        if len(state) > len(words):
            msg = f"{len(state)} words of state given, actors have {len(words)}; raise state_words"
            raise ValueError(msg)
        words[: len(state)] = state
        if isinstance(behaviour, str):
            index = self.behaviours.index(behaviour)
        else:
            index = self.program.index(behaviour)
        with self._lock:
            made = entry.spawn_many(self.tables, index, words, refs)
        if made < number:
            msg = f"room for {self.tables.actors} actors is used up; raise actors"
            raise ActorSystemError(msg)
        return refs

    def tell(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a message of a kind with up to six words of data."""
        self.tell_many(values_of([to]), kind, *data)

    def tell_many(self, to: NDArray[np.int64], kind: int, *data: int) -> None:
        """Send the same message to many actors.

        Raises:
            ValueError: if the kind is not 0 to 65535, or there are more than six words.
        """
        words = _message(kind, data)
        with self._lock:
            entry.tell_many(self.tables, to, kind, NO_SENDER, words)

    def tell_system(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a message that is handled before all user messages that wait.

        Raises:
            ActorSystemError: if the system has no room for any.
            ValueError: if the kind is not 0 to 65535, or there are more than six words.
        """
        words = _message(kind, data)
        if not self.tables.urgency:
            msg = "this system has no system messages; give ActorSystem(..., system_messages=1000)"
            raise ActorSystemError(msg)
        with self._lock:
            entry.tell_system_many(self.tables, values_of([to]), kind, words)

    def ask(self, to: int | ActorRef, kind: int, *data: int, timeout: float = 5.0) -> Answer:
        """Send a question; the future, or awaitable, of the actor's ``ctx.reply``.

        It fails with TimeoutError after timeout seconds, or when the system stops; a
        later reply is a dead letter. Only the first reply counts.

        Raises:
            ActorSystemError: if too many questions wait for their replies already.
            ValueError: if the time is below 0, the kind is not 0 to 65535, or there are
                more than six words.
        """
        check_range("timeout", timeout, 0, 1e9)
        words = _message(kind, data)
        opened = self._asking.open(timeout)
        if opened is None:
            msg = "no room for another question; raise asks, or wait for replies"
            raise ActorSystemError(msg)
        answer, sender = opened
        with self._lock:
            entry.tell_many(self.tables, values_of([to]), kind, sender, words)
        return answer

    def router(
        self, strategy: Strategy, refs: Iterable[int | ActorRef], *, room: int | None = None
    ) -> Router:
        """Make a router over actors there are.

        Args:
            strategy: "round-robin", "random", "least-mailbox" (idle actors first; a guess
                where others send too), "consistent-hash" (by the first word of data), or
                "broadcast" (a message to each).
            refs: its routees; who is named twice counts once.
            room: for so many routees; None: twice as many as there are, 8 at least.

        Raises:
            ActorSystemError: if there is no room for another router or its routees.
            ValueError: on an unknown strategy, or a reference that is not an actor's.
        """
        return self._routers.make(self, strategy, values_of(refs), room)

    def router_pool(
        self,
        strategy: Strategy,
        behaviour: Behaviour | Props,
        number: int,
        *state: int,
        room: int | None = None,
    ) -> Router:
        """Make actors with the same state, and a router over them; see both."""
        return self.router(strategy, self.spawn_many(behaviour, number, *state), room=room)

    def watch(self, ref: int | ActorRef, timeout: float | None = None) -> Answer:
        """The future, or awaitable, of a life's end.

        The second word of the result's data says why (the place in ``ENDINGS``). It fails
        with TimeoutError after timeout seconds, or when the system stops.

        Raises:
            ActorSystemError: if the system has no room for another watch or question.
        """
        if not self.tables.watching:
            msg = "this system has no watches; give ActorSystem(..., watches=1000)"
            raise ActorSystemError(msg)
        opened = self._asking.open(float("inf") if timeout is None else timeout)
        if opened is None:
            msg = "no room for another question; raise asks"
            raise ActorSystemError(msg)
        answer, watcher = opened
        with self._lock:
            handle = int(entry.watch(self.tables, watcher, int(values_of([ref])[0])))
        if handle < 0:
            answer.cancel()
            msg = "no room for another watch; raise watches"
            raise ActorSystemError(msg)
        answer.add_done_callback(lambda _: self._unwatch(handle))
        return answer

    def _unwatch(self, handle: int) -> None:
        """Free what an answered, late or cancelled watch of Python's still holds."""
        with self._lock:
            entry.unwatch(self.tables, handle)

    def send_after(
        self, delay: float, to: int | ActorRef, kind: int, *data: int, every: float = 0.0
    ) -> int:
        """Send a message after delay seconds, and from then on every so many if not 0.

        Returns the timer, for ``cancel``.

        Raises:
            ActorSystemError: if the system has no timers, or all of them are set.
            ValueError: if a time is below 0, the kind is not 0 to 65535, or there are
                more than six words.
        """
        check_range("delay", delay, 0, 1e9)
        check_range("every", every, 0, 1e9)
        words = _message(kind, data)
        if self.tables.timers == 0:
            msg = "this system has no timers; give ActorSystem(..., timers=1000)"
            raise ActorSystemError(msg)
        value = int(values_of([to])[0])
        with self._lock:
            timer = int(
                entry.send_later(
                    self.tables, int(delay * 1e9), int(every * 1e9), value, kind, words
                )
            )
        if timer < 0:
            msg = f"all of {self.tables.timers} timers are set; raise timers"
            raise ActorSystemError(msg)
        return timer

    def cancel(self, timer: int) -> bool:
        """Take a timer back; False if it has fired, or was cancelled before."""
        if self.tables.timers == 0:
            return False
        with self._lock:
            return bool(entry.cancel_timer(self.tables, timer))

    def poison(self, *to: int | ActorRef) -> None:
        """Stop actors, each once it has handled what was sent to it before."""
        with self._lock:
            entry.poison_many(self.tables, values_of(to))

    def kill(self, *to: int | ActorRef) -> int:
        """Stop actors after the messages they handle; how many of them were alive.

        What is left in their mailboxes becomes dead letters.

        Raises:
            ActorSystemError: if actors are not supervised.
        """
        if not self.supervised:
            msg = "stopping an actor at once needs ActorSystem(..., supervised=True); or poison it"
            raise ActorSystemError(msg)
        with self._lock:
            return int(entry.command_many(self.tables, values_of(to), stages.STOP_NOW))

    def terminate(self, timeout: float = 10.0) -> None:
        """Stop all actors, children first, each with its post-stop hook; then the workers.

        Raises:
            TimeoutError: if an actor does not stop; the workers are stopped all the same.
        """
        if self.supervised:
            until = time.monotonic() + timeout
            stage = GUARDIAN_SLOT * LINE + STAGE
            self.kill(ref_of(GUARDIAN_GENERATION, GUARDIAN_SLOT))
            while self.tables.actor[stage] != stages.ENDED and time.monotonic() < until:
                time.sleep(0.0005)
        self.stop()
        if self.supervised and self.tables.actor[stage] != stages.ENDED:
            msg = f"actors still live after {timeout} s"
            raise TimeoutError(msg)

    def finished(self) -> int:
        """How many times a behaviour has called ``ctx.finish()``."""
        return int(self.tables.shared[DONE])

    def wait(self, runs: int = 1, timeout: float | None = None) -> int:
        """Wait until ``ctx.finish()`` was called so many times; when, by perf_counter_ns.

        Raises:
            TimeoutError: if that takes longer than timeout seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not entry.wait_done(self.tables, runs, WAIT_SLICE_NS):
            if until is not None and time.monotonic() > until:
                msg = f"not finished after {timeout} s: {self.counters()}"
                raise TimeoutError(msg)
        return int(self.tables.shared[DONE_NS])

    def counters(self) -> dict[str, int]:
        """Totals over workers: messages sent, processed, dead letters, steals, ..."""
        return {name: int(column.sum()) for name, column in self.counters_by_worker().items()}

    def counters_by_worker(self) -> dict[str, NDArray[np.int64]]:
        """The same counters, a row a worker; the last row is Python's threads."""
        rows = self.tables.worker.reshape(-1, WORKER_WORDS)
        counted = {name: rows[:, column].copy() for name, column in COUNTERS.items()}
        # See core.stash: workers count a message put aside as handled.
        counted["processed"] -= counted["stashed"]
        counted["stashed"] -= rows[:, UNSTASHED]
        counted["runs"] -= rows[:, VAIN_LOOKS]
        return counted

    def at_rest(self) -> bool:
        """Whether every message sent was handled, stashed, or became a dead letter.

        What was handled is read before what was sent, so equal sums mean that there was
        a moment with no message anywhere (Mattern's termination detection).
        """
        rows = self.tables.worker.reshape(-1, WORKER_WORDS)
        done = [int(rows[:, c].sum()) for c in (SIGNALLED, PROCESSED, DEAD_LETTERS)]
        sent = [int(rows[:, c].sum()) for c in (SIGNALS, SENT, UNSTASHED)]
        return done[0] == sent[0] and done[1] + done[2] == sent[1] + sent[2]

    def await_rest(self, timeout: float = 60.0) -> None:
        """Wait until the system is at rest.

        Raises:
            TimeoutError: with the counters, if it is not within timeout seconds.
        """
        until = time.monotonic() + timeout
        while not self.at_rest():
            if time.monotonic() > until:
                msg = f"not at rest after {timeout} s: {self.counters()}"
                raise TimeoutError(msg)
            time.sleep(0.0005)

    def is_alive(self, ref: int | ActorRef) -> bool:
        """Whether the life that a reference names has not ended."""
        value = int(values_of([ref])[0])
        slot = value & SLOT_MASK
        if value < 0 or slot >= self.tables.actors:
            return False
        return int(self.tables.actor[slot * LINE + GENERATION]) == value >> SLOT_BITS

    def state(self, ref: int | ActorRef) -> NDArray[np.int64]:
        """An actor's words of state; stable only while the system is at rest."""
        slot = (ref.value if isinstance(ref, ActorRef) else int(ref)) & SLOT_MASK
        return self.tables.state.reshape(-1, self.tables.state_words)[slot]

    def mailbox(self, ref: int | ActorRef) -> MailboxFigures:
        """What an actor's mailbox has seen in the actor's life.

        Raises:
            ActorSystemError: if the actor has ended, or its mailbox is linked rings, which
                keep no figures of their own (``tree()`` has what waits in them).
        """
        slot = int(values_of([ref])[0]) & SLOT_MASK
        if not self.is_alive(ref) or self._mailboxes.of(self.tables, slot) == Mailbox():
            msg = "figures are kept of the mailboxes of live actors, and not of linked rings"
            raise ActorSystemError(msg)
        waiting = int(entry.waiting_in_box(self.tables, slot))
        return self._mailboxes.figures(self.tables, slot, waiting)

    def faults(self) -> list[Fault]:
        """What behaviours raised, oldest first; the last 64 of each worker are kept."""
        return read_faults(self.tables)

    def tree(self, most: int = 1000) -> Tree:
        """All live actors as a tree, at most so many of them; print it, or ``.frame()``.

        Where actors are not supervised it is a flat list. May be taken at any time.
        """
        return snapshot(self.tables, self.behaviours.all, most)

    def table_bytes(self) -> dict[str, int]:
        """Bytes of each table."""
        return {
            name: table.nbytes
            for name, table in self.tables._asdict().items()
            if isinstance(table, np.ndarray)
        }


def _wants_supervision(guardian: Supervisor, behaviours: Sequence[Behaviour | Props]) -> bool:
    """Whether anything was given that only supervised actors have."""
    props = (b for b in behaviours if isinstance(b, Props))
    return guardian is not STOPPING or any(p.wants_supervision() for p in props)


def _message(kind: int, data: Sequence[int]) -> Data:
    """Six words of data, if the kind and the words can be a message."""
    check_range("kind", kind, 0, KIND_MASK)
    if len(data) > DATA_WORDS:
        msg = f"a message carries at most {DATA_WORDS} words of data, got {len(data)}"
        raise ValueError(msg)
    a, b, c, d, e, f = (*data, *(0,) * (DATA_WORDS - len(data)))
    return a, b, c, d, e, f


def _timers(
    timers: int,
    actors: int,
    workers: int,
    guardian: Supervisor,
    behaviours: Sequence[Behaviour | Props],
) -> int:
    """Room for the timers asked for, and for restarts that are put off."""
    check_range("timers", timers, 0, 1 << 24)
    policies = [guardian, *(b.supervisor for b in behaviours if isinstance(b, Props))]
    if any(p.backoff for p in policies):
        timers += min(actors, 1 << 16)
    # The caches keep some nodes that others cannot have.
    return power_of_two(timers + 2 * POOL_BATCH * (workers + 1)) if timers else 0


def _nodes(option: str, wanted: int, workers: int) -> int:
    """Nodes for so many messages; the caches keep some that others cannot have."""
    check_range(option, wanted, 0, 1 << 28)
    return wanted + 2 * POOL_BATCH * (workers + 1) if wanted else 0


def _rings(actors: int, messages: int, ring_slots: int, workers: int) -> int:
    """Rings that so many messages in mailboxes of so many actors can need.

    Every actor with mail reads one ring; all that follow it are full but the last. The
    workers' caches keep some that others cannot have.
    """
    full = -(-messages // ring_slots)
    reading = min(actors, messages)
    return power_of_two(reading + full + 2 * POOL_BATCH * (workers + 1))
