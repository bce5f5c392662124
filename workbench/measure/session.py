"""Measure scenarios in worker processes, interleaved, and keep every value.

Order: every item is calibrated once in a process of its own (which also compiles), then
each round runs one process of every item, the scenarios' floors among them, so that a
slow phase of the machine hits all of them alike.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zbench.catalogue.registry import Catalogue, CatalogueEntry
from zbench.catalogue.sweeps import sweep
from zbench.errors import UnknownNameError, nearest
from zbench.measure.jobs import Job, JobOutcome, run_job
from zbench.measure.rounds import Attempts, Progress
from zbench.scenarios.base import Value


@dataclass(frozen=True)
class RunSettings:
    """Numbers of processes and values, and limits of time."""

    processes: int = 5
    values: int = 5
    min_time: float = 0.1  # seconds, at least, of one value
    timeout: float = 120.0  # seconds of one worker process
    quick: bool = False

    @classmethod
    def of(cls, quick: bool, processes: int | None, timeout: float) -> "RunSettings":
        """Choose for a careful or a quick run."""
        count = processes or (2 if quick else 5)
        return cls(count, 5, 0.02 if quick else 0.1, timeout, quick)


@dataclass
class Item(Attempts):
    """One scenario at one set of parameters, and its outcomes."""

    entry: CatalogueEntry
    parameters: dict[str, Value]
    requested: bool = True  # False: measured only as the floor of another
    loops: int = 0
    messages: int = 0
    calibration: JobOutcome | None = None
    outcomes: list[JobOutcome] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.entry.scenario.name

    @property
    def hopeless(self) -> bool:
        """Whether further processes would only waste time."""
        stillborn = self.calibration is not None and self.loops == 0
        return stillborn or super().hopeless

    def attempts(self) -> list[JobOutcome]:
        """Every process so far, the calibration first."""
        first = [] if self.calibration is None else [self.calibration]
        return first + self.outcomes

    def job(self, settings: RunSettings) -> Job:
        """The next process's work."""
        return Job(
            self.name,
            self.entry.source,
            self.parameters,
            messages=self.messages,
            loops=self.loops,
            values=settings.values,
            min_time=settings.min_time,
        )

    def values(self) -> list[float]:
        """Nanoseconds a message of every repetition so far."""
        return [v["elapsed_ns"] / v["messages"] for r in self.outcomes for v in r.values]


@dataclass
class RunSession:
    """Everything measured in one call."""

    items: list[Item]
    settings: RunSettings
    started: str
    duration_s: float = 0.0
    complete: bool = False

    @property
    def host(self) -> dict[str, Any]:
        """The machine, as described by the first worker that ended well."""
        outcomes = (r for item in self.items for r in reversed(item.attempts()))
        return next((outcome.host for outcome in outcomes if outcome.host), {})


def plan_items(
    entries: Iterable[tuple[CatalogueEntry, Sequence[dict[str, Value]]]],
    known: Catalogue,
    quick: bool,
) -> list[Item]:
    """List the items to measure: each parameter set, then the floors not among them.

    Raises:
        UnknownNameError: A scenario names a floor that there isn't.
    """
    items = [Item(entry, dict(chosen)) for entry, sets in entries for chosen in sets]
    for floor in dict.fromkeys(f for item in items for f in item.entry.scenario.floors):
        if floor not in known:
            of = next(i.name for i in items if floor in i.entry.scenario.floors)
            hint = nearest(floor, known, "see `zbench list`")
            msg = f"scenario {of} has a floor that is no scenario, {floor!r}; {hint}"
            raise UnknownNameError(msg)
        parameters = sweep(known[floor].scenario, {}, quick)[0]
        if not any(item.name == floor and item.parameters == parameters for item in items):
            items.append(Item(known[floor], parameters, requested=False))
    return items


def measure(
    items: list[Item],
    settings: RunSettings,
    on_progress: Callable[[Progress, RunSession], None] = lambda _progress, _session: None,
) -> RunSession:
    """Measure all items; Ctrl-C ends it early and keeps the values so far.

    Args:
        items: The items to measure; filled in place.
        settings: Numbers of processes and limits of time.
        on_progress: Called between processes, never while one measures.

    Returns:
        The session; ``complete`` is False if it was interrupted.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    session = RunSession(items, settings, started)
    clock = time.monotonic()
    try:
        session.complete = _measure_all(session, on_progress)
    except KeyboardInterrupt:
        session.complete = False
    session.duration_s = time.monotonic() - clock
    return session


def _measure_all(session: RunSession, on_progress: Callable[[Progress, RunSession], None]) -> bool:
    """Run calibration and rounds; False when interrupted."""
    items, settings = session.items, session.settings
    done, total = 0, len(items) * (settings.processes + 1)
    clock = time.monotonic()
    for number in range(settings.processes + 1):
        for item in items:
            doing = "calibrating" if number == 0 else "measuring"
            on_progress(Progress(done, total, f"{doing} {item.name}", _median(item)), session)
            done += 1
            if not item.hopeless and not _one_process(item, settings, number == 0):
                return False
        session.duration_s = time.monotonic() - clock
        on_progress(Progress(done, total, "", None, round_ended=number > 0), session)
    return True


def _one_process(item: Item, settings: RunSettings, calibrate: bool) -> bool:
    """Run one worker process of an item; False when interrupted."""
    outcome = run_job(item.job(settings), settings.timeout)
    if not calibrate:
        item.outcomes.append(outcome)
    else:
        item.calibration = outcome
        if outcome.values and outcome.failure is None and outcome.wrong is None:
            last = outcome.values[-1]
            item.loops = last["loops"]
            item.messages = max(1, round(last["messages"] / last["loops"]))
    return not outcome.interrupted


def _median(item: Item) -> float | None:
    values = item.values()
    return statistics.median(values) if values else None
