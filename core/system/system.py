"""The actor system as Python sees it: its options, its threads, their start and end."""

import threading
import time
from collections.abc import Mapping, Sequence

from zbench.core.actors import stages
from zbench.core.actors.refs import SLOT_MASK, ActorRef, ref_of
from zbench.core.blocks.pool import BlockPool
from zbench.core.delivery.router_handles import values_of
from zbench.core.directory.directory import Directory
from zbench.core.errors import ActorSystemError
from zbench.core.events.bus import EventBus
from zbench.core.lifecycle.props import STOP_CHILDREN, Behaviour, Props, Supervisor, fill_policy
from zbench.core.memory.layout import actor_row, shared_words
from zbench.core.memory.layout.lines import LINE
from zbench.core.scheduler import affinity
from zbench.core.scheduler.batching import Batching
from zbench.core.scheduler.config import Scheduler
from zbench.core.scheduler.policies import numa, policy
from zbench.core.scheduler.tuner import Tuner
from zbench.core.system import entry_points
from zbench.core.system.actor_factory import ActorFactory
from zbench.core.system.inspection import Inspection
from zbench.core.system.options import SystemOptions
from zbench.core.system.program import Form


class ActorSystem(ActorFactory, Inspection):
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
        guardian: Supervisor = STOP_CHILDREN,
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
        options = SystemOptions(
            behaviours=behaviours,
            workers=workers,
            actors=actors,
            messages=messages,
            mailbox_capacity=mailbox_capacity,
            message_bytes=message_bytes,
            state_words=state_words,
            dispatch=dispatch,
            checked=checked,
            supervised=supervised,
            guardian=guardian,
            timers=timers,
            asks=asks,
            blocks=blocks,
            directory=directory,
            routers=routers,
            routees=routees,
            stash=stash,
            system_messages=system_messages,
            watches=watches,
            questions=questions,
            events=events,
            pin=pin,
            scheduler=scheduler,
            batching=batching,
            tuner=tuner,
        )
        super().__init__(options)
        self._threads = self._start()

    def _start(self) -> list[threading.Thread]:
        """Start the event bus, the tuner, the guardian and the workers; the workers' threads."""
        options = self._options
        if options.bus is not None:
            options.bus.start(self.tables, self.counters)
        if self.tuner is not None:
            self.tuner.start(self.counters, self.settings, self.workers)
        if self.supervised:
            fill_policy(self.tables, options.props, options.guardian)
            entry_points.spawn_guardian(self.tables)
        threads = [
            threading.Thread(target=self._work, args=(w,), name=f"zbench-{w}", daemon=True)
            for w in range(self.workers)
        ]
        for thread in threads:
            thread.start()
        return threads

    def __enter__(self) -> "ActorSystem":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _work(self, worker: int) -> None:
        affinity.apply(self._options.pins[worker])
        self.program.loop(self.tables, worker)

    def stop(self) -> None:
        """Stop the workers after the batches they run; may be called again."""
        if self.tuner is not None:
            self.tuner.close()
        self.tables.shared[shared_words.STOP] = 1
        entry_points.wake_all(self.tables)
        for thread in self._threads:
            thread.join()
        self._asking.close()
        if self._options.bus is not None:
            self._options.bus.close()

    def terminate(self, timeout: float = 10.0) -> None:
        """Stop all actors, children first, each with its post-stop hook; then the workers.

        Raises:
            TimeoutError: if an actor does not stop; the workers are stopped all the same.
        """
        if self.supervised:
            until = time.monotonic() + timeout
            stage = actor_row.GUARDIAN_SLOT * LINE + actor_row.STAGE
            self.kill(ref_of(actor_row.GUARDIAN_GENERATION, actor_row.GUARDIAN_SLOT))
            while self.tables.actor[stage] != stages.ENDED and time.monotonic() < until:
                time.sleep(0.0005)
        self.stop()
        if self.supervised and self.tables.actor[stage] != stages.ENDED:
            msg = f"actors still live after {timeout} s"
            raise TimeoutError(msg)

    def affinity(self) -> list[tuple[int, ...]]:
        """The processors each worker may run on, as the operating system says."""
        return affinity.report(self._threads)

    def migrate(self, to: int | ActorRef, node: int) -> None:
        """Have an actor run on a node from its next wake-up on ("numa" only).

        Workers of other nodes run it only if they have nothing else to do.

        Raises:
            ActorSystemError: if there are no nodes.
            ValueError: if no worker is on that node.
        """
        schedule = self._options.schedule
        if schedule.placement.policy != policy.NUMA:
            msg = f"there are no nodes to migrate to: {schedule}"
            raise ActorSystemError(msg)
        if node not in schedule.nodes:
            msg = f"node must be one of {sorted(set(schedule.nodes))}, got {node}"
            raise ValueError(msg)
        if self.is_alive(to):
            numa.move(self.tables, int(values_of([to])[0]) & SLOT_MASK, node)

    @property
    def events(self) -> EventBus:
        """The event bus.

        Raises:
            ActorSystemError: if the system has none.
        """
        if self._options.bus is None:
            msg = "there is no event bus without ActorSystem(..., events=True)"
            raise ActorSystemError(msg)
        return self._options.bus
