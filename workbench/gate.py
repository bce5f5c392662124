"""The gate's rule: is a run slower than its baseline, judged on intervals.

The plan's thresholds: throughput below 0.95 of the baseline's, or p99 above 1.1 of it, is a
regression. Throughput is judged by the bootstrap interval of the ratio over processes: wholly
beyond the threshold fails, wholly within passes, across it is inconclusive. p99 has one
histogram a run, not one a process, so it has no interval: it is a regression only where the
measurement taken to confirm it agrees.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zbench.reports.model import Result, Run
from zbench.statistics import ratio_ci


class Verdict(StrEnum):
    """What the gate says of one row."""

    PASS = "pass"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    NO_BASELINE = "no-baseline"
    FAILED = "failed"


@dataclass(frozen=True)
class Thresholds:
    """When a change counts."""

    throughput_below: float = 0.95
    p99_above: float = 1.1


@dataclass(frozen=True)
class Row:
    """One scenario and parameter set, judged."""

    scenario: str
    parameters: dict[str, Any]
    verdict: Verdict
    throughput_ratio: float | None  # now over baseline; below 1 is slower
    interval: tuple[float, float] | None
    p99_ratio: float | None
    reason: str


def judge(now: Result, baseline: Run, thresholds: Thresholds) -> Row:
    """Compare a result with the baseline's of the same scenario and parameters."""
    before = next(
        (
            r
            for r in baseline.results
            if (r.scenario, r.parameters) == (now.scenario, now.parameters) and r.ok
        ),
        None,
    )
    if not now.ok:
        reason = now.warnings[0] if now.warnings else "nothing was measured"
        return _row(now, Verdict.FAILED, reason)
    if before is None:
        return _row(now, Verdict.NO_BASELINE, "the baseline has no such row; save one with --save")
    return _compare(now, before, thresholds)


def _compare(now: Result, before: Result, thresholds: Thresholds) -> Row:
    """Judge two measured results."""
    # Throughput now over before is time before over now.
    interval = ratio_ci(_values(before), _values(now))
    ratio = (before.ns_per_message or 0.0) / (now.ns_per_message or 1.0)
    p99 = _p99_ratio(now, before)
    least = thresholds.throughput_below
    if interval is None:
        verdict, reason = Verdict.INCONCLUSIVE, "fewer than two processes; raise --processes"
    elif interval[1] < least:
        verdict, reason = Verdict.REGRESSION, f"throughput below {least:g} x the baseline"
    elif p99 is not None and p99 > thresholds.p99_above:
        verdict, reason = Verdict.REGRESSION, f"p99 above {thresholds.p99_above:g} x the baseline"
    elif interval[0] < least:
        verdict, reason = Verdict.INCONCLUSIVE, "the interval crosses the threshold"
    else:
        verdict, reason = Verdict.PASS, ""
    return Row(now.scenario, now.parameters, verdict, ratio, interval, p99, reason)


def _row(result: Result, verdict: Verdict, reason: str) -> Row:
    return Row(result.scenario, result.parameters, verdict, None, None, None, reason)


def _values(result: Result) -> list[list[float]]:
    return [process.ns_per_message for process in result.processes]


def _p99_ratio(now: Result, before: Result) -> float | None:
    """p99 now over before; None where one of them recorded none."""
    if not now.latency_ns or not before.latency_ns or not before.latency_ns.get("p99"):
        return None
    return now.latency_ns["p99"] / before.latency_ns["p99"]


def confirmed(first: Row, second: Row) -> Row:
    """A flagged row and its second measurement: a regression only if both say so."""
    if first.verdict == second.verdict or second.verdict == Verdict.PASS:
        return second
    reason = f"first {first.verdict}, measured again {second.verdict}"
    return Row(
        second.scenario,
        second.parameters,
        Verdict.INCONCLUSIVE,
        second.throughput_ratio,
        second.interval,
        second.p99_ratio,
        reason,
    )


def exit_code(rows: list[Row]) -> int:
    """0 pass, 1 regression, 2 could not run, 3 inconclusive; the worst row decides."""
    found = {row.verdict for row in rows}
    if Verdict.REGRESSION in found:
        return 1
    if Verdict.FAILED in found:
        return 2
    return 3 if found - {Verdict.PASS} else 0


def host_differences(now: Run, baseline: Run) -> list[str]:
    """What differs between the machines, where both say."""
    keys = ("cpu_model_name", "cpu_count", "python_version", "hostname")
    return [
        f"{key}: baseline {baseline.host[key]}, now {now.host[key]}"
        for key in keys
        if key in now.host and key in baseline.host and now.host[key] != baseline.host[key]
    ]
