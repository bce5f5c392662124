"""The actor system as Python sees it: workers, spawning, sending, waiting, counting."""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from zbench.core import affinity, entry, numa, sizes, stages, strategies
from zbench.core.allocation import new_tables
from zbench.core.arithmetic import power_of_two
from zbench.core.asking import Asking
from zbench.core.asks import MOST_ASKS
from zbench.core.batching import Batching
from zbench.core.behaviour_names import BehaviourNames
from zbench.core.block_pool import BlockPool
from zbench.core.context_tables import block_tables, route_tables
from zbench.core.directory import Directory
from zbench.core.errors import ActorSystemError, check_range
from zbench.core.event_bus import EventBus, bus_of
from zbench.core.inspection import Observed
from zbench.core.layout import (
    GUARDIAN_GENERATION,
    GUARDIAN_SLOT,
    LINE,
    MOST_BEHAVIOURS,
    STAGE,
    STOP,
)
from zbench.core.mailbox_types import Mailbox
from zbench.core.mailboxes import Mailboxes, MailboxFigures
from zbench.core.messaging import Telling
from zbench.core.program import Behaviour, Form, Program, build, compile_program
from zbench.core.refs import SLOT_MASK, ActorRef, ref_of
from zbench.core.router_refs import MOST_ROUTERS, Router, Routers, Strategy, values_of
from zbench.core.schedulers import Loads, Scheduler, fit, read_loads, ticks_of
from zbench.core.settings import Settings
from zbench.core.supervision import STOPPING, Props, Supervisor, fill_policy, props_of
from zbench.core.tables import Tables
from zbench.core.topology import Topology
from zbench.core.tuner import Tuner


class ActorSystem(Telling, Observed):
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
        message_bytes: 64, or 128 for messages of 14 words of data instead of six
            (``ctx.send_wide``); not with mailboxes other than linked rings.
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
        message_bytes: int = 64,
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
        self._mailboxes = Mailboxes([props_of(b).asked_mailbox() for b in behaviours])
        slots = sizes.slots_for(actors, self.workers, self.supervised)
        ring_slots = power_of_two(mailbox_capacity)
        self.tables: Tables = new_tables(
            workers=self.workers,
            actors=slots,
            rings=sizes.rings_for(actors, messages, ring_slots, self.workers),
            ring_slots=ring_slots,
            state_words=state_words,
            supervised=self.supervised,
            asks=asks,
            timers=sizes.timers_for(timers + questions, actors, self.workers, guardian, behaviours),
            blocks=block_tables(blocks, self.workers),
            routes=route_tables(directory, self.workers),
            routers=routers,
            routees=routees,
            stash_nodes=sizes.nodes_for("stash", stash, self.workers),
            urgent_nodes=sizes.nodes_for("system_messages", system_messages, self.workers),
            watches=sizes.nodes_for("watches", watches, self.workers),
            questions=sizes.nodes_for("questions", questions, self.workers),
            event_slots=self._bus.slots if self._bus else 0,
            event_sample=self._bus.sample_messages if self._bus else 0,
            placement=self._schedule.placement,
            batch_ticks=ticks_of(batching.target_us) if batching else 0,
            flushing=any(isinstance(b, Props) and b.after_batch for b in behaviours),
            boxes=self._mailboxes.option(),
            box_words=self._mailboxes.words(slots),
            levels=self._mailboxes.levels(),
            wide=sizes.is_wide(message_bytes, self._mailboxes.option()),
            muting=self._mailboxes.mute(),
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
        self._schedule.fill(self.tables, [b.priority for b in self.program.behaviours])
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
        if self._schedule.placement.strategy != strategies.LOAD_BALANCED:
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
        if self._schedule.placement.strategy != strategies.NUMA:
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


def _wants_supervision(guardian: Supervisor, behaviours: Sequence[Behaviour | Props]) -> bool:
    """Whether anything was given that only supervised actors have."""
    props = (b for b in behaviours if isinstance(b, Props))
    return guardian is not STOPPING or any(p.wants_supervision() for p in props)
