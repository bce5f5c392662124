"""Compute the figures to show and keep from the values of worker processes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median as middle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zbench.core.metrics import histogram
from zbench.machine import usable_cores
from zbench.measure.doubts import doubts, settings_mark
from zbench.measure.jobs import JobOutcome
from zbench.measure.session import Item, RunSession
from zbench.reports.model import ProcessValues, Result, Run
from zbench.scenarios.base import Category
from zbench.statistics.estimate import bootstrap_ci, median, medians, relative_spread

# Nanoseconds: no core dispatches, writes and reads a message of 64 bytes in fewer cycles.
LEAST_NS = 1.0


def to_run(session: RunSession, label: str | None, run_id: int = 0) -> Run:
    """Compute a run's figures; floors are the last results."""
    results = [to_result(item, session) for item in session.items]
    figures = {(r.scenario, i.requested): r for r, i in zip(results, session.items, strict=True)}
    compared = [
        _with_floor(result, item, figures)
        for result, item in zip(results, session.items, strict=True)
    ]
    return Run(
        id=run_id,
        label=label,
        started=session.started,
        duration_s=session.duration_s,
        complete=session.complete,
        host=session.host | settings_mark(),
        results=compared,
    )


def to_result(item: Item, session: RunSession) -> Result:
    """Compute one item's figures; a wrong answer leaves it without times."""
    processes = [] if item.wrong is not None else _processes(item)
    groups = [process.ns_per_message for process in processes]
    values = [value for group in groups for value in group]
    typical = median([median(group) for group in groups]) if groups else None
    interval = bootstrap_ci(groups) if groups else None
    counts = None if item.wrong is not None else _latency(item.outcomes)
    spread = relative_spread(values) if len(values) > 1 else None
    wrong_or_failed = item.wrong is not None or bool(item.failures)
    return Result(
        scenario=item.name,
        parameters=dict(item.parameters),
        category=str(item.entry.scenario.category),
        ok=not wrong_or_failed and bool(values),
        attempted=wrong_or_failed or bool(values),
        verified=not wrong_or_failed and _is_verified(item) and not _is_impossible(item, typical),
        messages=_messages(item),
        ns_per_message=typical,
        messages_per_s=1e9 / typical if typical else None,
        ci95=None if interval is None else (float(interval[0]), float(interval[1])),
        spread=spread,
        latency_ns=None if counts is None else histogram.percentiles(counts),
        floor=None,
        floor_ratio=None,
        extra={} if item.wrong is not None else _extra(item),
        warnings=_warnings(item, session, spread, len(groups), typical),
        processes=processes,
        latency_counts=[] if counts is None else _pairs(counts),
    )


def _with_floor(result: Result, item: Item, figures: dict[tuple[str, bool], Result]) -> Result:
    """Add a result's ratio to the first of its floors that was measured."""
    for name in item.entry.scenario.floors:
        floor = figures.get((name, False)) or figures.get((name, True))
        if floor is None or not floor.ns_per_message or not result.ns_per_message:
            continue
        ratio = result.ns_per_message / floor.ns_per_message
        return Result(**{**vars(result), "floor": name, "floor_ratio": ratio})
    return result


def _processes(item: Item) -> list[ProcessValues]:
    """Raw values a process; the first carries the time of compiling, if there was any."""
    found = []
    for outcome in item.outcomes:
        values = [value["elapsed_ns"] / value["messages"] for value in outcome.values]
        if values:
            counts = _latency([outcome])
            p99 = None if counts is None else histogram.percentiles(counts).get("p99")
            found.append(ProcessValues(values, outcome.compile_seconds, outcome.cache, p99))
    first = item.calibration
    if found and first is not None and first.cache == "cold":
        found[0] = replace(found[0], compile_seconds=first.compile_seconds, cache="cold")
    return found


def _messages(item: Item) -> int:
    values = [value for outcome in item.outcomes for value in outcome.values]
    return round(middle(v["messages"] / v["loops"] for v in values)) if values else item.messages


def _extra(item: Item) -> dict[str, float | None]:
    """Median over all repetitions of the figures that only this scenario has; None: no number."""
    found = medians(value["extra"] for outcome in item.outcomes for value in outcome.values)
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def _is_verified(item: Item) -> bool:
    """Whether the scenario compared every answer with the right one."""
    values = [value for outcome in item.outcomes for value in outcome.values]
    return bool(values) and all(value.get("checked", False) for value in values)


def _is_impossible(item: Item, ns_per_message: float | None) -> bool:
    """Whether a message took less than a processor needs to write and read one.

    Floors are exempt: their operations aren't messages.
    """
    if ns_per_message is None or item.entry.scenario.category == Category.FLOOR:
        return False
    return ns_per_message * _workers(item) < LEAST_NS


def _workers(item: Item) -> int:
    """How many workers may have handled messages at one time."""
    workers: Any = item.parameters.get("workers", 0)
    return workers if isinstance(workers, int) and workers > 0 else usable_cores()


def _latency(outcomes: Sequence[JobOutcome]) -> NDArray[np.int64] | None:
    """Merge the histograms of some processes; None where latency wasn't recorded."""
    pairs: list[list[int]] = [
        pair for outcome in outcomes for value in outcome.values for pair in value["latency"] or ()
    ]
    if not pairs:
        return None
    counts = np.zeros(len(histogram.bounds()), np.int64)
    table = np.array(pairs, np.int64)
    np.add.at(counts, table[:, 0], table[:, 1])
    return counts


def _pairs(counts: NDArray[np.int64]) -> list[tuple[float, int]]:
    upper = histogram.bounds()
    return [(float(upper[i]), int(counts[i])) for i in np.flatnonzero(counts)]


def _warnings(
    item: Item,
    session: RunSession,
    spread: float | None,
    groups: int,
    ns_per_message: float | None,
) -> list[str]:
    """List the reasons to doubt the figures."""
    workers, cores = _workers(item), usable_cores()
    particular = []
    if _is_impossible(item, ns_per_message):
        particular.append(
            f"impossible: {ns_per_message:.3g} ns a message is less than a core needs to write and "
            f"read one ({LEAST_NS:g} ns); does run wait for the end, and count what was handled?"
        )
    if groups and not _is_verified(item):
        particular.append(
            "not verified: run compares no answer with the right one; do so, and return "
            "Sample(..., checked=True)"
        )
    if workers > cores:
        particular.append(
            f"{workers} workers share {cores} cores, so waiting is measured too; "
            f"use -p workers={cores} or a bigger machine"
        )
    return doubts(
        item,
        session.complete,
        spread,
        groups,
        repair="the scenario or the runtime",
        unit="processes",
        particular=particular,
    )
