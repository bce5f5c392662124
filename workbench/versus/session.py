"""Measure runtimes side by side: rounds of one process a side, in shuffled order.

Within a round the sides of a cell (a scenario at one set of parameters on a number of cores)
follow each other in an order drawn from the seed, so a slow phase of the machine hits all
of them alike, and round k of one side pairs with round k of every other.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from zbench.measure.rounds import Attempts, Progress
from zbench.peers.answers import SHARED, Expected, expected
from zbench.peers.catalogue import DEFAULT, WARMUP_S, Peer, Variant
from zbench.peers.run import PeerJob, Series, run
from zbench.statistics.steady import steady_from
from zbench.versus.warmup import warm_from

LOOK_EVERY = 5  # iterations, where a process is asked whether it is steady
MOST = 8  # times the iterations wanted, for a process that isn't steady before


@dataclass(frozen=True)
class VersusSettings:
    """Numbers of rounds and iterations, and limits of time."""

    rounds: int = 5
    iterations: int | None = None  # None: each peer's own
    seed: int = 1
    timeout: float = 120.0
    quick: bool = False
    warmup: float = 1.0  # times each peer's own warm-up; 0 without any


@dataclass(frozen=True)
class Side:
    """A peer in one of its variants, ready to run."""

    peer: Peer
    variant: Variant
    place: Path | None

    @property
    def name(self) -> str:
        """Its name in tables."""
        own = self.variant.name == DEFAULT
        return self.peer.name if own else f"{self.peer.name} {self.variant.name}"


@dataclass
class Contender(Attempts):
    """One side in one cell, with a series a round."""

    side: Side
    iterations: int  # wanted of a process after its warm-up
    rounds: list[Series | None] = field(default_factory=list)  # None: no longer run

    @property
    def series(self) -> list[Series]:
        """The processes so far."""
        return [series for series in self.rounds if series is not None]

    def attempts(self) -> list[Series]:
        """The processes so far."""
        return self.series

    def is_warm(self, settings: "VersusSettings") -> bool:
        """Whether it is warmed up as long as it needs; without warm-up only compiled code is."""
        return settings.warmup >= 1 or self.side.peer.warmup_s <= WARMUP_S


@dataclass
class Cell:
    """One scenario at one set of parameters on a number of cores, all its sides."""

    scenario: str
    parameters: Mapping[str, int]
    cores: int
    contenders: list[Contender]

    def expected(self, seed: int) -> Expected:
        """Return the right answer of each iteration."""
        return expected(self.scenario, self.parameters, seed)

    @property
    def figure(self) -> str:
        """The figure that is compared."""
        return SHARED[self.scenario].figure

    def figures(self, series: Series) -> list[float]:
        """The compared figure of each iteration of a process."""
        if self.figure == "p99 ns":
            return [percentile(line["histogram"], 99.0) for line in series.iterations]
        if self.figure == "ns/actor":
            return [line["elapsed_ns"] / self.parameters["actors"] for line in series.iterations]
        return [line["elapsed_ns"] / line["messages"] for line in series.iterations]

    def steady(self, series: Series) -> int | None:
        """Count the leading iterations of a process that are warm-up; None: never steady."""
        if series.warm is None:
            return None
        begin = steady_from(self.figures(series)[series.warm :])
        return None if begin is None else series.warm + begin


def percentile(pairs: list[list[int]] | None, share: float) -> float:
    """A percentile of a histogram of [ns, count]; nan of an empty one."""
    wanted, seen = sum(count for _, count in pairs or ()) * share / 100, 0
    for ns, count in pairs or ():
        seen += count
        if seen >= wanted:
            return float(ns)
    return float("nan")


@dataclass
class VersusSession:
    """Everything measured in one call."""

    cells: list[Cell]
    settings: VersusSettings
    started: str
    duration_s: float = 0.0
    complete: bool = False


def measure(
    cells: list[Cell],
    settings: VersusSettings,
    on_progress: Callable[[Progress, VersusSession], None] = lambda _progress, _session: None,
) -> VersusSession:
    """Measure all cells; Ctrl-C ends it early and keeps the values so far.

    Args:
        cells: The cells to measure; filled in place.
        settings: Numbers of rounds and iterations, and limits of time.
        on_progress: Called between processes, never while one measures.

    Returns:
        The session; ``complete`` is False if it was interrupted.
    """
    session = VersusSession(cells, settings, datetime.now(UTC).isoformat(timespec="seconds"))
    clock = time.monotonic()
    try:
        session.complete = _measure_all(session, on_progress, clock)
    except KeyboardInterrupt:
        session.complete = False
    session.duration_s = time.monotonic() - clock
    return session


def _measure_all(
    session: VersusSession, on_progress: Callable[[Progress, VersusSession], None], clock: float
) -> bool:
    """Run every round; False when interrupted."""
    settings = session.settings
    done, total = 0, sum(len(cell.contenders) for cell in session.cells) * settings.rounds
    for number in range(settings.rounds):
        for cell in session.cells:
            for contender in order(cell, settings.seed, number):
                what = f"round {number + 1}: {cell.scenario} {contender.side.name}"
                on_progress(Progress(done, total, what), session)
                done += 1
                if not _one_process(cell, contender, settings):
                    return False
        session.duration_s = time.monotonic() - clock
        on_progress(Progress(done, total, "", round_ended=True), session)
    return True


def order(cell: Cell, seed: int, number: int) -> list[Contender]:
    """The order of the sides in a round: drawn from the seed, for each round and cell anew."""
    drawn = random.Random(f"{seed} {number} {cell.scenario} {cell.cores}")
    return drawn.sample(cell.contenders, len(cell.contenders))


def _one_process(cell: Cell, contender: Contender, settings: VersusSettings) -> bool:
    """Run one process of a side; False when interrupted."""
    if contender.hopeless:
        contender.rounds.append(None)
        return True
    side = contender.side
    series = run(
        PeerJob(
            side.peer,
            side.variant,
            side.place,
            cell.scenario,
            cell.parameters,
            cell.cores,
            contender.iterations,
            settings.seed,
            settings.timeout,
            cell.expected(settings.seed),
            partial(_has_enough, cell, contender, settings),
        )
    )
    contender.rounds.append(series)
    return not series.interrupted


def _has_enough(cell: Cell, contender: Contender, settings: VersusSettings, series: Series) -> bool:
    """Whether a process has its iterations after warm-up: if not fixed, until it is steady."""
    if series.warm is None:
        warmup_s = contender.side.peer.warmup_s * settings.warmup
        if series.ends_s[-1] < warmup_s:  # asked after each line, while the process measures
            return False
        compile_ms = [line.get("compile_ms") for line in series.iterations]
        series.warm = warm_from(series.ends_s, compile_ms, warmup_s)
    if series.warm is None:
        return False
    measured = len(series.iterations) - series.warm
    if settings.iterations is not None or measured < contender.iterations:
        return measured >= contender.iterations
    if measured >= MOST * contender.iterations:
        return True
    return (measured - contender.iterations) % LOOK_EVERY == 0 and cell.steady(series) is not None
