"""Measure the targets of docs/targets.md, as far as two cores can show them."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from zbench.core.metrics.histogram import percentiles
from zbench.errors import WrongAnswerError
from zbench.scenarios.base import Prepared, Sample, Scenario, Value
from zbench.scenarios.runtime import actor_creation
from zbench.scenarios.savina import counting, ping_pong

REPETITIONS = 7
PAIRS = 64  # enough to keep two workers busy


@dataclass(frozen=True)
class TargetLine:
    """One target, the measured figure, and whether it is met."""

    metric: str
    target: str
    measured: str
    met: bool | None  # None: cannot be shown here; ``measured`` has the reason


def measure_targets(workers: int, progress: Callable[[str], None]) -> Iterator[TargetLine]:
    """Measure the targets one after the other.

    Args:
        workers: processors this process may use, at least 1.
        progress: called with the name of the next measurement.
    """
    progress("throughput")
    rate = min(_rate(_samples(ping_pong, {})), _rate(_samples(counting, {})))
    for goal, name in ((100_000, "100K"), (500_000, "500K"), (1_000_000, "1M")):
        yield TargetLine(
            f"throughput, milestone {name}", f">= {name} msg/s", _per_second(rate), rate >= goal
        )
    progress("latency")
    yield _latency()
    progress("actor creation")
    yield from _creation()
    progress("scaling and CPU utilisation")
    yield from _scaling(workers)
    yield TargetLine("stability", "24-hour stress run", "not run here: takes 24 hours", None)


def _latency() -> TargetLine:
    """From send to receipt, 99 of 100 messages."""
    samples = _samples(ping_pong, {"latency": "on"})
    worst = max(percentiles(s.latency)["p99"] for s in samples if s.latency is not None)
    return TargetLine("local message latency, p99", "< 100 ns", f"{worst:.0f} ns", worst < 100)


def _creation() -> Iterator[TargetLine]:
    """Time and memory of an actor."""
    samples = _samples(actor_creation, {})
    each = _ns(samples)
    size = statistics.median(s.extra["bytes_per_actor"] for s in samples)
    yield TargetLine("actor creation", "< 1 us", f"{each:.0f} ns", each < 1000)
    yield TargetLine("memory per actor", "< 512 B", f"{size:.0f} B", size < 512)


def _scaling(workers: int) -> Iterator[TargetLine]:
    """Speed-up from one worker to two, and how busy both processors were."""
    cores = min(2, workers)
    if cores < 2:
        yield TargetLine("scaling", "linear", "needs two processors, one may be used", None)
        return
    speedups, busy = [], []
    sides = [_prepare(ping_pong, {"pairs": PAIRS, "workers": w}) for w in (1, 2)]
    for _ in range(REPETITIONS):
        one = _checked(sides[0].run())
        wall, cpu = time.perf_counter(), time.process_time()
        two = _checked(sides[1].run())
        busy.append((time.process_time() - cpu) / (time.perf_counter() - wall) / cores)
        speedups.append(one.elapsed_ns / two.elapsed_ns)
    for side in sides:
        side.close()
    speedup, use = statistics.median(speedups), statistics.median(busy)
    # Nine tenths of linear: the two workers share a memory bus and a kernel.
    yield TargetLine(
        "scaling, 1 to 2 cores", "linear (>= 1.8 x)", f"{speedup:.2f} x", speedup >= 1.8
    )
    yield TargetLine("CPU utilisation", "> 90 %", f"{use:.0%}", use > 0.9)


def _prepare(module: Any, given: dict[str, Value]) -> Prepared:
    """Build a module's first scenario with its defaults and the parameters given."""
    scenario: Scenario = module.SCENARIOS[0]
    parameters = {p.name: p.default for p in scenario.parameters}
    return scenario.prepare({**parameters, **given})


def _samples(module: Any, given: dict[str, Value]) -> list[Sample]:
    """Verified samples of a scenario, after one run to warm up."""
    prepared = _prepare(module, given)
    try:
        prepared.run()
        return [_checked(prepared.run()) for _ in range(REPETITIONS)]
    finally:
        prepared.close()


def _checked(sample: Sample) -> Sample:
    """The sample, if its answer was right."""
    if sample.error:
        raise WrongAnswerError(sample.error)
    return sample


def _ns(samples: list[Sample]) -> float:
    """Median nanoseconds a message."""
    return statistics.median(s.elapsed_ns / s.messages for s in samples)


def _rate(samples: list[Sample]) -> float:
    """Messages a second."""
    return 1e9 / _ns(samples)


def _per_second(rate: float) -> str:
    return f"{rate / 1e6:.1f}M msg/s"


def as_dicts(lines: list[TargetLine]) -> list[dict[str, Any]]:
    """For ``--json``."""
    return [asdict(line) for line in lines]
