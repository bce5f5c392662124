"""``ActorSystem``: its options, its threads, their start and end."""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from zbench.core.actors import stages
from zbench.core.actors.refs import SLOT_MASK, ActorRef
from zbench.core.blocks.pool import BlockPool
from zbench.core.compile import stack_check
from zbench.core.directory.directory import Directory
from zbench.core.errors import ActorSystemError, integer, seconds
from zbench.core.events.bus import EventBus
from zbench.core.lifecycle.props import STOP_CHILDREN, Behaviour, Props, Supervisor, fill_policy
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.scheduler import affinity
from zbench.core.scheduler.batching import Batching
from zbench.core.scheduler.config import Scheduler
from zbench.core.scheduler.policies import numa, policy
from zbench.core.scheduler.tuner import Tuner
from zbench.core.system import entry_points
from zbench.core.system.actor_factory import ActorFactory
from zbench.core.system.inspection import Inspection, totals
from zbench.core.system.options import SystemOptions
from zbench.core.system.program import Form

STOP_S = 10.0  # the time that stop() gives workers unless it is told another
GRACE_S = 1.0  # the same after an exception, such as Ctrl-C

Loop = Callable[[Tables, int], None]


class ActorSystem(ActorFactory, Inspection):
    """A system of actors, run by worker threads in compiled code; a context manager.

    It runs from its construction to ``stop`` or ``terminate``. Options that are off, as
    most are by default, cost nothing. "Room" is the number of entries to allocate at least.

    Args:
        behaviours: all behaviours of its actors; a behaviour's position is the index
            that ``Context.spawn`` takes. A dict gives them names, for ``spawn`` and
            ``behaviour``; otherwise they have their functions' names.
        workers: the number of threads; 0: one for each processor of this process.
        actors: room for live actors.
        messages: room for waiting messages; more become dead letters, counted as
            ``refused``.
        mailbox_capacity: slots of a linked ring; a full one spills into another.
        message_bytes: 64, or 128 for wide messages: 14 words of data instead of six
            (``ctx.send_wide``). 128 needs mailboxes of linked rings.
        state_words: words of state of each actor.
        dispatch: "specialised" compiles the loop for these behaviours, "table" calls
            them through addresses.
        checked: whether an index out of range or a division by zero, in a behaviour or in
            a function that it calls, is a fault of its actor; unchecked, the first is
            undefined and the second gives 0.
        supervised: whether actors have parents, hooks and supervisors, and can be
            killed. None: if there is a guardian, or a behaviour's ``Props`` has hooks or
            a supervisor. Unsupervised, a fault stops its actor.
        guardian: supervisor of the actors that Python spawns.
        timers: room for timers set at one time; restarts with a back-off have their own.
        asks: room for questions from Python (``ask``, ``watch``) waiting for a reply.
        blocks: pool for ``ctx.allocate``, made for at least as many workers. Only one
            running system at a time may use it.
        directory: names for ``ctx.lookup``; the limits of ``blocks`` apply.
        routers: room for routers.
        routees: room for the actors behind all routers together.
        stash: room for messages stashed by ``ctx.stash``, of all actors together.
        system_messages: room for waiting messages of ``send_system`` and ``tell_system``.
        watches: room for watches of ``ctx.watch`` and ``watch``.
        questions: room for questions of ``ctx.ask`` waiting for a reply; their timers do
            not count as ``timers``.
        events: whether to publish events on a bus, ``system.events``; or an ``EventBus``.
        pin: the pinning of workers to processors. True or "compact" fills one NUMA node
            after the other, "spread" alternates between them; both use one processor of
            every core before the second of any, those with the fewest workers of this
            process first, and pin none if there are more workers than processors. "auto"
            is as True where there are as many workers as processors, or the scheduler is
            "numa", and as False otherwise. Or a list of processors, or False.
        scheduler: "work-stealing", "priority", "numa", "load-balanced", "predictive", or
            a ``Scheduler`` with options.
        batching: a target for the duration of a batch; None: ``settings.batch`` limits
            its messages.
        tuner: whether a thread tunes ``settings`` while the system runs; or a ``Tuner``.

    Attributes:
        settings: settings that may be changed while the system runs.
        tuner: the tuner, with its history, or None.

    Leaving the ``with`` statement stops it as ``stop()`` does. A system that is dropped while
    it runs ends with a ResourceWarning.

    Raises:
        TypeError: on an option of another type, or a behaviour that is no plain function.
        ValueError: on a value out of its range, or options that do not fit each other.
        MissingTablesError: if a behaviour uses an option that the system lacks.
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
        pin: affinity.Pin = "auto",
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
        self._start()

    def _start(self) -> None:
        """Start all threads, or none."""
        try:
            self._start_threads()
        except BaseException:
            self._remains.end(GRACE_S)
            raise

    def _start_threads(self) -> None:
        """Start the event bus, the tuner, the guardian and the workers."""
        options = self._options
        counters = functools.partial(totals, self._tables)
        if options.bus is not None:
            options.bus.start(self._tables, counters)
            self._remains.bus = options.bus  # from now on, and not if it serves another system
        if self.tuner is not None:
            self.tuner.start(counters, self.settings, self.workers)
            self._remains.tuner = self.tuner
        if self.supervised:
            fill_policy(self._tables, options.props, options.guardian)
            entry_points.spawn_guardian(self._tables)
        self._remains.watch(self)
        for worker in range(self.workers):
            thread = threading.Thread(
                target=_work,
                args=(self.program.loop, self._tables, worker, options.pins[worker]),
                name=f"zbench-{worker}",
                daemon=True,
            )
            self._remains.threads.append(thread)
            thread.start()

    def __enter__(self) -> "ActorSystem":
        return self

    def __reduce__(self) -> NoReturn:
        msg = "an ActorSystem cannot be copied or pickled; send a reference's value instead"
        raise TypeError(msg)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Stop, as ``stop()`` does; after an exception, wait a second at most and pass it on."""
        if self._life.is_elsewhere():
            return
        if error is None:
            self.stop()
            return
        try:
            self.stop(GRACE_S)
        except TimeoutError as late:
            error.add_note(str(late))

    def stop(self, timeout: float = STOP_S) -> None:
        """Stop the workers after their present batches; may be called again.

        Messages still waiting become dead letters, without events for each. Afterwards
        states, counters and faults can be read, and all that would change something raises
        ActorSystemError. Threads are daemons: one that does not end holds up no exit of the
        interpreter.

        Raises:
            ActorSystemError: in a process made by fork.
            TimeoutError: if a behaviour runs on after timeout seconds. Questions have failed
                and the other workers have ended then; another ``stop`` waits again.
            ValueError: if the timeout is below 0.
        """
        limit = seconds("timeout", timeout)
        self._life.check_process()
        self._remains.end(limit)

    def terminate(self, timeout: float = 10.0) -> None:
        """Stop all actors, children first, each with its post-stop hook; then the workers.

        Without supervision it only stops the workers.

        Raises:
            ActorSystemError: if the system was stopped before its actors.
            TimeoutError: if an actor does not stop in time; the workers that can, stop
                nevertheless.
            ValueError: if the timeout is below 0.
        """
        limit = seconds("timeout", timeout)
        if not self.supervised or self._has_no_actors():
            self.stop(limit)
            return
        until = time.monotonic() + limit
        self._life.call(entry_points.stop_guardian)
        while not (self._has_no_actors() or self._life.stopped or time.monotonic() > until):
            time.sleep(0.0005)
        if self._has_no_actors():
            self.stop(max(GRACE_S, until - time.monotonic()))
            return
        self._life.check()
        with contextlib.suppress(TimeoutError):
            self.stop(GRACE_S)
        msg = f"actors still live after {limit} s"
        raise TimeoutError(msg)

    def _has_no_actors(self) -> bool:
        """Whether the guardian of a supervised system has ended, hence every actor."""
        stage = actor_row.GUARDIAN_SLOT * LINE + actor_row.STAGE
        return bool(self.tables.actor[stage] == stages.ENDED)

    def affinity(self) -> list[tuple[int, ...]]:
        """Processors on which each worker may run, from the operating system.

        Raises:
            ActorSystemError: in a process made by fork.
        """
        self._life.check_process()
        return affinity.report(self._remains.threads)

    def migrate(self, to: int | ActorRef, node: int) -> None:
        """Move an actor to a NUMA node from its next wake-up on. Needs ``scheduler="numa"``.

        Workers of other NUMA nodes run it only if they have no other work.

        Raises:
            ActorSystemError: if the scheduler is another one.
            ValueError: if no worker is on that NUMA node.
        """
        value = self._value(to)
        integer("node", node)
        schedule = self._options.schedule
        if schedule.placement.policy != policy.NUMA:
            msg = f"there are no nodes to migrate to: {schedule}"
            raise ActorSystemError(msg)
        if node not in schedule.nodes:
            msg = f"node must be one of {sorted(set(schedule.nodes))}, got {node}"
            raise ValueError(msg)
        self._life.check()
        if self.is_alive(value):
            numa.move(self.tables, value & SLOT_MASK, node)

    @property
    def events(self) -> EventBus:
        """The event bus. Needs ``events``.

        Raises:
            ActorSystemError: if the system has none.
        """
        if self._options.bus is None:
            msg = "there is no event bus without ActorSystem(..., events=True)"
            raise ActorSystemError(msg)
        return self._options.bus


def _work(
    loop: Callable[[Tables, int], None], tables: Tables, worker: int, cpu: int | None
) -> None:
    """Run a worker; its thread does not refer to the system."""
    affinity.apply(cpu)
    stack_check.note_limit()
    loop(tables, worker)
