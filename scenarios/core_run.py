"""What the scenarios on zbench's own runtime share: options, one verified run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from zbench.core.program import Form
from zbench.core.system import ActorSystem
from zbench.scenarios.base import Parameter, Parameters, Sample

RUN_TIMEOUT_S = 120.0

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


def workers_of(parameters: Parameters) -> int:
    """The number of workers asked for."""
    return int(parameters["workers"])


def form_of(parameters: Parameters) -> Form:
    """The form of dispatch asked for."""
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


def options_of(parameters: Parameters) -> SystemOptions:
    """What OPTIONS ask of the ActorSystem."""
    return SystemOptions(
        workers=workers_of(parameters),
        dispatch=form_of(parameters),
        supervised=supervised_of(parameters),
    )


@dataclass
class CoreRun:
    """A scenario on the runtime, built: starts a run, waits for it, checks its answer.

    ``start`` sends the first messages; behaviours call ``ctx.finish()`` so many times
    as ``finishes``; ``check`` returns what is wrong, or None. ``messages`` is what the
    receivers must have counted, a function where that is known only after the run;
    ``failures`` how many of them must have failed.
    """

    system: ActorSystem
    start: Callable[[], None]
    check: Callable[[], str | None]
    messages: int | Callable[[], int]
    failures: int = 0
    finishes: int = 1
    reset: Callable[[], None] = lambda: None
    extra: Callable[[Mapping[str, np.ndarray]], dict[str, float]] = lambda _: {}
    latency: Callable[[], np.ndarray | None] = lambda: None
    cache: str = field(init=False)

    def __post_init__(self) -> None:
        """Take over what the system knows of its machine code."""
        self.cache = self.system.cache

    def run(self) -> Sample:
        """Run once; only what lies between the first message and ``finish`` is timed."""
        self.reset()
        before = self.system.counters_by_worker()
        finished = self.system.finished() + self.finishes
        started_ns = time.perf_counter_ns()
        self.start()
        ended_ns = self.system.wait(finished, RUN_TIMEOUT_S)
        self.system.await_rest(RUN_TIMEOUT_S)
        after = self.system.counters_by_worker()
        counted = {name: after[name] - before[name] for name in after}
        messages = int(counted["processed"].sum())
        return Sample(
            elapsed_ns=ended_ns - started_ns,
            messages=messages,
            error=self._error(counted, messages),
            latency=self.latency(),
            extra={"spills": float(counted["spills"].sum()), **self.extra(counted)},
        )

    def _error(self, counted: Mapping[str, np.ndarray], messages: int) -> str | None:
        """What was wrong with the run, or None."""
        for name, wanted in (("dead_letters", 0), ("failures", self.failures)):
            found = int(counted[name].sum())
            if found != wanted:
                return f"{found} {name.replace('_', ' ')}, expected {wanted or 'none'}"
        expected = self.messages() if callable(self.messages) else self.messages
        if messages != expected:
            return f"{messages} messages handled, expected {expected}"
        return self.check()

    def close(self) -> None:
        """Stop the workers."""
        self.system.stop()


def expect(what: str, found: int, wanted: int) -> str | None:
    """What is wrong if two counts differ."""
    return None if found == wanted else f"{what} is {found}, expected {wanted}"
