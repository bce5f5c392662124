"""Shared by the scenarios on zbench's own runtime: options, one verified run."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.errors import integer
from zbench.core.lifecycle.props import Behaviour
from zbench.core.system.program import Form
from zbench.core.system.system import ActorSystem
from zbench.scenarios.base import Parameter, Parameters, Sample
from zbench.scenarios.support.faults import ActorFaultError, UnfinishedError, first_fault
from zbench.scenarios.support.resources import memory

RUN_TIMEOUT_S = 120.0
LATE = 1000  # messages after the end, such as those that end actors, that are no fault
LOOK_S = 1.0  # between looks for a fault while a run lasts
IDLE_LOOKS = 3  # looks that find nothing left to do, until a run is given up

WORKERS = Parameter("workers", 1, "worker threads", low=1, high=256)
DISPATCH = Parameter(
    "dispatch",
    "specialised",
    "how behaviours are called: inlined into the loop, or through a table of addresses",
    choices=("specialised", "table"),
)

SUPERVISION = Parameter(
    "supervision",
    "off",
    "whether actors have parents, hooks and supervisors",
    choices=("off", "on"),
)

MESSAGE_BYTES = Parameter(
    "message_bytes", 64, "size of a message: one cache line, or two", choices=(64, 128)
)


def workers_of(parameters: Parameters) -> int:
    """The number of workers in the parameters."""
    return int(parameters["workers"])


def form_of(parameters: Parameters) -> Form:
    """The form of dispatch in the parameters."""
    return "table" if parameters["dispatch"] == "table" else "specialised"


def supervised_of(parameters: Parameters) -> bool:
    """Whether actors are to be supervised."""
    return parameters["supervision"] == "on"


OPTIONS = (WORKERS, DISPATCH, SUPERVISION)


class SystemOptions(TypedDict):
    """Arguments of ActorSystem that every scenario on the runtime offers."""

    workers: int
    dispatch: Form
    supervised: bool
    pin: bool


def options_of(parameters: Parameters) -> SystemOptions:
    """Arguments of ActorSystem for the parameters in OPTIONS."""
    return SystemOptions(
        workers=workers_of(parameters),
        dispatch=form_of(parameters),
        supervised=supervised_of(parameters),
        pin=True,  # also where there are fewer workers than processors: figures vary less
    )


@dataclass
class CoreRun:
    """A scenario on the runtime, built: starts a run, waits for it, checks its answer.

    ``start`` sends the first messages; behaviours call ``ctx.finish()`` ``finishes`` times, the
    last time when nothing is left to do, unless the load ``goes_on``.
    ``answer`` reads the actors' result, which must be ``wanted``; ``check`` returns any other
    error, or None. ``messages`` is the count that the receivers must have reached, a function
    if it is known only after the run; ``uncounted`` is the number of messages they handled
    besides, ``failures`` the number of messages that must have failed.
    """

    system: ActorSystem
    start: Callable[[], None]
    messages: int | Callable[[], int]
    check: Callable[[], str | None] = lambda: None
    answer: Callable[[], int] | None = None
    wanted: int = 0
    uncounted: Callable[[], int] = lambda: 0
    failures: int = 0
    finishes: int = 1
    goes_on: bool = False
    reset: Callable[[], None] = lambda: None
    extra: Callable[[Mapping[str, np.ndarray]], dict[str, float]] = lambda _: {}
    latency: Callable[[], np.ndarray | None] = lambda: None
    resources: bool = False  # whether to report memory and use of processors
    timeout_s: float = RUN_TIMEOUT_S
    cache: str = field(init=False)

    def __post_init__(self) -> None:
        """Check the numbers; copy the state of the machine-code cache from the system.

        Raises:
            TypeError: if ``messages``, ``wanted`` or ``finishes`` is of a wrong type.
            ValueError: if ``finishes`` is below 1, ``messages`` below 0, or there is something
                ``wanted`` and no ``answer`` to compare with it.
        """
        self.finishes = integer("finishes", self.finishes, 1)
        self.wanted = integer("wanted", self.wanted)
        if not callable(self.messages):
            self.messages = integer("messages", self.messages, 0)
        if self.answer is None and self.wanted != 0:
            msg = f"wanted={self.wanted} needs answer=, a function that reads the actors' result"
            raise ValueError(msg)
        self.cache = self.system.cache

    def run(self) -> Sample:
        """Run once; only the time from the first message to ``finish`` counts."""
        self.reset()
        before = self.system.counters_by_worker()
        finished = self.system.finished() + self.finishes
        cpu_ns = time.process_time_ns()
        started_ns = time.perf_counter_ns()
        self.start()
        elapsed_ns = self._wait(finished) - started_ns
        cpu_ns = time.process_time_ns() - cpu_ns
        in_time = self.system.counters_by_worker()["processed"].sum()
        self.system.await_rest(RUN_TIMEOUT_S)
        after = self.system.counters_by_worker()
        late = int(after["processed"].sum() - in_time)
        unasked = self.system.finished() - finished
        counted = {name: after[name] - before[name] for name in after}
        messages = int(counted["processed"].sum()) - self.uncounted()
        answer = self.answer() if self.answer else None
        wrong = None if answer is None else expect("the answer", answer, self.wanted)
        extra = {"spills": float(counted["spills"].sum()), **self.extra(counted)}
        if self.resources:
            extra |= self._resources(cpu_ns, elapsed_ns)
        return Sample(
            elapsed_ns=elapsed_ns,
            messages=messages,
            error=self._error(counted, messages)
            or wrong
            or self._end_error(late, unasked, messages),
            latency=self.latency(),
            extra=extra,
            answer=answer,
            checked=True,
        )

    def _wait(self, finished: int) -> int:
        """Wait for the end of the run; its time, as perf_counter_ns.

        Raises:
            ActorFaultError: An actor failed and none was to: its answer will never come.
            TimeoutError: It took longer than ``timeout_s``.
            UnfinishedError: Nothing is left to do, and ``ctx.finish()`` was not called.
        """
        until = time.monotonic() + self.timeout_s
        idle = [-1] * IDLE_LOOKS  # messages handled, at each of the last looks
        while True:
            left = until - time.monotonic()
            try:
                return self.system.wait(finished, min(LOOK_S, max(left, 0.0)))
            except TimeoutError:
                fault = None if self.failures else first_fault(self.system)
                if fault is not None:
                    raise ActorFaultError(fault) from None
                if left <= 0:
                    raise
                idle = [*idle[1:], self._handled_if_idle()]
                if min(idle) == max(idle) >= 0:
                    raise UnfinishedError(self._unfinished(finished)) from None

    def _handled_if_idle(self) -> int:
        """Number of messages handled so far, or -1 if somebody may have more to do."""
        if self.system.tables.timers or not self.system.at_rest() or _others_may_send():
            return -1
        return self.system.counters()["processed"]

    def _unfinished(self, finished: int) -> str:
        """The message for a run that lacks a call of ``ctx.finish()``."""
        done = self.system.finished() - (finished - self.finishes)
        return (
            f"ctx.finish() was called {done} times, expected {self.finishes}, and no actor has "
            "anything left to do; call it when the last message is handled"
        )

    def _error(self, counted: Mapping[str, np.ndarray], messages: int) -> str | None:
        """The error of the run, or None."""
        for name, wanted in (("failures", self.failures), ("dead_letters", 0)):
            found = int(counted[name].sum())
            if found != wanted:
                fault = first_fault(self.system) if name == "failures" else None
                because = f"; {fault}" if fault else ""
                return f"{found} {name.replace('_', ' ')}, expected {wanted or 'none'}{because}"
        expected = self.messages() if callable(self.messages) else self.messages
        if messages != expected:
            return f"{messages} messages handled, expected {expected}"
        return self.check()

    def _end_error(self, late: int, unasked: int, messages: int) -> str | None:
        """The error if the clock was not stopped by the end of the work, or None."""
        if unasked:
            return (
                f"ctx.finish() was called {self.finishes + unasked} times, expected {self.finishes}"
            )
        if late > max(LATE, messages // 20) and not self.goes_on:
            return (
                f"at least {late} of {messages} messages were handled after ctx.finish() had "
                "stopped the clock; call it at the last message of all"
            )
        return None

    def _resources(self, cpu_ns: int, elapsed_ns: int) -> dict[str, float]:
        """The figures that RESOURCES describes."""
        resident, peak = memory()
        return {
            "cpu_use": cpu_ns / elapsed_ns / self.system.workers,
            "resident_mib": resident / (1 << 20),
            "peak_resident_mib": peak / (1 << 20),
        }

    def close(self) -> None:
        """Stop the workers."""
        self.system.stop()


def _others_may_send() -> bool:
    """Whether a thread runs that could send messages: none of zbench's own, but for callbacks."""
    names = [t.name for t in threading.enumerate() if t is not threading.current_thread()]
    return any(not name.startswith("zbench-") or name == "zbench-callback" for name in names)


def actor_bytes(system: ActorSystem) -> float:
    """Bytes of the tables' rows of one actor."""
    tables = system.table_bytes()
    rows = ("actor", "state", "items", "inject", "family", "birth")
    return sum(tables[name] for name in rows) / system.tables.actors


def expect(what: str, found: int, wanted: int) -> str | None:
    """The error if two counts differ, else None."""
    return None if found == wanted else f"{what} is {found}, expected {wanted}"


def spawn_row(
    system: ActorSystem, behaviour: Behaviour, number: int, *state: int
) -> tuple[int, np.ndarray]:
    """Spawn actors with consecutive references: the first one, and a view of all states.

    Caller: before any actor of the system has stopped.
    """
    refs = system.spawn_many(behaviour, number, *state)
    first = int(refs[0])
    if not np.array_equal(refs, np.arange(first, first + number)):
        msg = "these actors have no consecutive references; an actor was stopped before"
        raise AssertionError(msg)
    slot = first & SLOT_MASK
    words = system.tables.state_words
    return first, system.tables.state[slot * words : (slot + number) * words].reshape(-1, words)
