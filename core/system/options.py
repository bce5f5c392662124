"""The options of an actor system, checked together, and the values derived from them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from zbench.core.actors.behaviour_names import BehaviourNames
from zbench.core.blocks.pool import BlockPool
from zbench.core.delivery.ask_host import MOST_ASKS
from zbench.core.delivery.router_handles import MOST_ROUTERS
from zbench.core.directory.directory import Directory
from zbench.core.errors import check_among, check_flag, check_is, check_range, integer
from zbench.core.events.bus import EventBus, bus_of
from zbench.core.lifecycle.props import STOP_CHILDREN, Behaviour, Props, Supervisor, props_of
from zbench.core.mailbox.placement import Mailboxes
from zbench.core.memory.layout import behaviour_row
from zbench.core.scheduler import affinity
from zbench.core.scheduler.batching import Batching
from zbench.core.scheduler.config import Schedule, Scheduler, fit
from zbench.core.scheduler.policies import policy
from zbench.core.scheduler.topology import Topology
from zbench.core.scheduler.tuner import Tuner
from zbench.core.system.attachments import block_tables, route_tables
from zbench.core.system.program import Form

MOST_NODES = 1 << 28
MOST_TIMERS = 1 << 24

# Options that are numbers, with their ranges, in the order of their checks.
SIZES = (
    ("workers", 0, 256),
    ("actors", 1, 1 << 24),
    ("messages", 1, 1 << 32),
    ("mailbox_capacity", 2, 1 << 16),
    ("asks", 0, MOST_ASKS),
    ("routers", 0, MOST_ROUTERS),
    ("routees", 1, 1 << 20),
    ("state_words", 1, 1 << 16),
)
NOTHING = type(None)
# Options that are objects, with their types.
KINDS: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("guardian", (Supervisor,), "a Supervisor"),
    ("blocks", (BlockPool, NOTHING), "a BlockPool or None"),
    ("directory", (Directory, NOTHING), "a Directory or None"),
    ("events", (EventBus, bool), "True, False or an EventBus"),
    ("scheduler", (Scheduler, str), "a scheduler's name or a Scheduler"),
    ("batching", (Batching, NOTHING), "a Batching or None"),
    ("tuner", (Tuner, bool), "True, False or a Tuner"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemOptions:
    """The arguments of ``ActorSystem``, which documents them and has their defaults.

    Attributes:
        names: the behaviours' names.
        props: the behaviours' props, in the order of their indices.
        worker_count: the number of worker threads.
        is_supervised: whether actors have parents, hooks and supervisors.
        cpus: the processors that this process may use.
        pins: the processor of each worker, None if it is not pinned.
        seats: the same, to be released when the system has ended.
        schedule: the scheduler, fitted to the workers.
        bus: the event bus, or None.
        mailboxes: the configurations of mailboxes that the behaviours use.
        block_tables: the block pool's tables, or ().
        route_tables: the directory's tables, or ().

    Raises:
        TypeError: on a value of another type.
        ValueError: on a value out of its range. ``plan_tables`` checks the memory.
    """

    behaviours: Sequence[Behaviour | Props] | Mapping[str, Behaviour | Props]
    workers: int
    actors: int
    messages: int
    mailbox_capacity: int
    message_bytes: int
    state_words: int
    dispatch: Form
    checked: bool
    supervised: bool | None
    guardian: Supervisor
    timers: int
    asks: int
    blocks: BlockPool | None
    directory: Directory | None
    routers: int
    routees: int
    stash: int
    system_messages: int
    watches: int
    questions: int
    events: bool | EventBus
    pin: affinity.Pin
    scheduler: str | Scheduler
    batching: Batching | None
    tuner: bool | Tuner

    names: BehaviourNames = field(init=False)
    props: tuple[Props, ...] = field(init=False)
    worker_count: int = field(init=False)
    is_supervised: bool = field(init=False)
    cpus: list[int] = field(init=False)
    pins: list[int | None] = field(init=False)
    seats: affinity.Seats = field(init=False)
    schedule: Schedule = field(init=False)
    bus: EventBus | None = field(init=False)
    mailboxes: Mailboxes = field(init=False)
    block_tables: Any = field(init=False)
    route_tables: Any = field(init=False)

    def __post_init__(self) -> None:
        """Check the arguments and derive the other attributes from them."""
        self._check_sizes()
        self._check_kinds()
        self._derive_behaviours()
        self._derive_workers()
        self._derive(bus=bus_of(self.events))
        self._derive(mailboxes=Mailboxes([props.asked_mailbox() for props in self.props]))
        self._check_optional_sizes()

    def _check_sizes(self) -> None:
        for option, low, high in SIZES:
            self._derive(**{option: integer(option, getattr(self, option), low, high)})
        self._derive(message_bytes=integer("message_bytes", self.message_bytes))  # is_wide checks
        for option in ("timers", "stash", "system_messages", "watches", "questions"):
            self._derive(**{option: integer(option, getattr(self, option))})

    def _check_kinds(self) -> None:
        """Check the type of the options that are no numbers."""
        check_flag("checked", self.checked)
        if self.supervised is not None:
            check_flag("supervised", self.supervised)
        check_among("dispatch", self.dispatch, get_args(Form))
        for option, kinds, wanted in KINDS:
            check_is(option, getattr(self, option), kinds, wanted)

    def _derive_behaviours(self) -> None:
        given = self.behaviours
        check_is("behaviours", given, (Mapping, Iterable), "a list such as [worker], or a dict")
        listed = tuple(given.values() if isinstance(given, Mapping) else given)
        check_range("number of behaviours", len(listed), 1, behaviour_row.MOST_BEHAVIOURS)
        self._derive(props=tuple(props_of(behaviour) for behaviour in listed))
        names = given if isinstance(given, Mapping) else listed
        for name in given if isinstance(given, Mapping) else ():
            check_is("the name of a behaviour", name, str, "a string")
        self._derive(names=BehaviourNames(names))
        wanted = self.guardian is not STOP_CHILDREN or any(
            p.wants_supervision() for p in self.props
        )
        self._derive(is_supervised=wanted if self.supervised is None else self.supervised)

    def _derive_workers(self) -> None:
        cpus = sorted(os.sched_getaffinity(0))
        workers = self.workers or len(cpus)
        # Workers of a NUMA node stay there.
        scheduler = getattr(self.scheduler, "name", self.scheduler)
        on_nodes = scheduler == policy.NAMES[policy.NUMA] and isinstance(self.pin, str)
        pin = True if on_nodes and self.pin == affinity.AUTO else self.pin
        seats = affinity.Seats.take(pin, workers, cpus, Topology.read())
        schedule = fit(self.scheduler, workers, seats.cpus)
        self._derive(
            cpus=cpus, worker_count=workers, seats=seats, pins=seats.cpus, schedule=schedule
        )

    def _check_optional_sizes(self) -> None:
        # A question between actors has a timer of its own.
        check_range("timers", self.timers + self.questions, 0, MOST_TIMERS)
        self._derive(block_tables=block_tables(self.blocks, self.worker_count))
        self._derive(route_tables=route_tables(self.directory, self.worker_count))
        for option in ("stash", "system_messages", "watches", "questions"):
            check_range(option, getattr(self, option), 0, MOST_NODES)
        check_range("timers", self.timers, 0, MOST_TIMERS)

    def _derive(self, **attributes: object) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)  # a frozen dataclass refuses ``self.x = ...``
