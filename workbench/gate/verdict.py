"""The gate's rule: is a run slower than its baseline, judged on intervals.

The thresholds of docs/targets.md: throughput below 0.95 of the baseline's, or p99 above 1.1 of
it, is a regression. Both are judged by the bootstrap interval of the ratio over processes: wholly
beyond the threshold fails, wholly within passes, across it is inconclusive. A baseline kept
before processes had a p99 of their own has no interval of it: then the ratio of the merged
histograms decides, the reason says so, and the measurement taken to confirm must agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from zbench.gate.thresholds import GateThresholds
from zbench.reports.model import Result, Run
from zbench.statistics.estimate import estimate, ratio_ci


class Verdict(StrEnum):
    """The verdict on one row."""

    PASS = "pass"
    IMPROVED = "improved"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    NO_BASELINE = "no-baseline"
    FAILED = "failed"


UNVERIFIED = "the baseline's answers were verified, these are not; see `zbench run`"
GOOD = frozenset({Verdict.PASS, Verdict.IMPROVED})
CROSSES = "crosses the threshold; more --processes make it narrower"
UNSURE = frozenset({Verdict.REGRESSION, Verdict.INCONCLUSIVE})  # measured again before it counts


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
    p99_interval: tuple[float, float] | None = None


def judge(now: Result, baseline: Run, thresholds: GateThresholds) -> Row:
    """Compare a result with the baseline's of the same scenario and parameters."""
    named = [
        r for r in baseline.results if (r.scenario, r.parameters) == (now.scenario, now.parameters)
    ]
    before = next((r for r in named if r.ok), None)
    if not now.ok:
        reason = now.warnings[0] if now.warnings else "nothing was measured"
        return _row(now, Verdict.FAILED, reason)
    if before is None:
        failed = "the baseline's row had failed; save it again"
        absent = "the baseline has no such row; save one with --save"
        return _row(now, Verdict.NO_BASELINE, failed if named else absent)
    return _compare(now, before, thresholds)


def _compare(now: Result, before: Result, thresholds: GateThresholds) -> Row:
    """Judge two measured results: the worse of throughput and p99 decides."""
    # Throughput now over before is time before over now.
    interval = ratio_ci(_values(before), _values(now))
    ratio = (before.ns_per_message or 0.0) / (now.ns_per_message or 1.0)
    p99, p99_interval = _p99(now, before)
    findings = [_throughput(interval, thresholds.throughput_below)]
    if len(_values(before)) < 2:
        findings = [(Verdict.INCONCLUSIVE, "the baseline has one process only; save it again")]
    if before.verified and not now.verified:
        findings.append((Verdict.INCONCLUSIVE, UNVERIFIED))
    if p99 is not None and interval is not None:  # one process is too few for either
        findings.append(_tail(p99, p99_interval, thresholds.p99_above))
    found = {verdict for verdict, _ in findings}
    # A faster run with a tail that could not be judged is not an improvement.
    order = (Verdict.REGRESSION, Verdict.INCONCLUSIVE, Verdict.IMPROVED, Verdict.PASS)
    verdict = next(v for v in order if v in found)
    reason = "; ".join(reason for v, reason in findings if v == verdict and reason)
    return Row(now.scenario, now.parameters, verdict, ratio, interval, p99, reason, p99_interval)


def _throughput(interval: tuple[float, float] | None, least: float) -> tuple[Verdict, str]:
    """Judge the ratio of throughputs, now over the baseline's."""
    if interval is None:
        return Verdict.INCONCLUSIVE, "fewer than two processes; raise --processes"
    low, high = interval
    if high < least:
        return Verdict.REGRESSION, f"throughput below {least:g} x the baseline"
    if low < least:
        return Verdict.INCONCLUSIVE, f"throughput's interval {CROSSES}"
    if low > 1 / least:
        return Verdict.IMPROVED, f"throughput above {1 / least:.3g} x the baseline"
    return Verdict.PASS, ""


def _tail(ratio: float, interval: tuple[float, float] | None, most: float) -> tuple[Verdict, str]:
    """Judge the ratio of p99, now over the baseline's."""
    beyond = f"p99 above {most:g} x the baseline"
    if interval is None:
        if ratio > most:
            return Verdict.REGRESSION, f"{beyond}, by the ratio alone: a side has no p99 a process"
        return Verdict.PASS, ""
    low, high = interval
    if low > most:
        return Verdict.REGRESSION, beyond
    if high > most:
        return Verdict.INCONCLUSIVE, f"p99's interval {CROSSES}"
    if high < 1 / most:
        return Verdict.IMPROVED, f"p99 below {1 / most:.3g} x the baseline"
    return Verdict.PASS, ""


def _row(result: Result, verdict: Verdict, reason: str) -> Row:
    return Row(result.scenario, result.parameters, verdict, None, None, None, reason)


def _values(result: Result) -> list[list[float]]:
    return [process.ns_per_message for process in result.processes]


def _p99(now: Result, before: Result) -> tuple[float | None, tuple[float, float] | None]:
    """p99 now over before and its interval; None where it is unknown."""
    sides = [[[p.p99_ns] for p in r.processes if p.p99_ns is not None] for r in (now, before)]
    interval = ratio_ci(sides[0], sides[1])
    if interval is not None:
        # The interval's own estimate, so that it lies inside; a merged p99 may not.
        return estimate(sides[0]) / estimate(sides[1]), interval
    if not now.latency_ns or not before.latency_ns or not before.latency_ns.get("p99"):
        return None, None
    return now.latency_ns["p99"] / before.latency_ns["p99"], None


def confirmed(first: Row, second: Row) -> Row:
    """A flagged row and its second measurement: a regression only if both say so."""
    settled = GOOD | {first.verdict, Verdict.FAILED}  # a crash is reported, not called unsure
    if second.verdict in settled:
        return second
    reason = f"first {first.verdict}, measured again {second.verdict}"
    return replace(second, verdict=Verdict.INCONCLUSIVE, reason=reason)


def exit_code(rows: Sequence[Row]) -> int:
    """0 pass, 1 regression, 2 could not run, 3 inconclusive; the worst row decides."""
    found = {row.verdict for row in rows}
    if Verdict.REGRESSION in found:
        return 1
    if Verdict.FAILED in found or not found:  # a gate that measured nothing must not pass
        return 2
    return 3 if found - GOOD else 0


def host_differences(now: Run, baseline: Run) -> list[str]:
    """List the differences between the machines, where both are known."""
    keys = ("cpu_model_name", "cpu_count", "python_version", "numba_version", "hostname")
    found = [
        f"{key}: baseline {baseline.host[key]}, now {now.host[key]}"
        for key in keys
        if key in now.host and key in baseline.host and now.host[key] != baseline.host[key]
    ]
    settings = [run.host.get("compiler_settings", "none") for run in (baseline, now)]
    if settings[0] != settings[1]:
        found.append(f"compiler settings: baseline {settings[0]}, now {settings[1]}")
    return found
