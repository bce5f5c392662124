"""From what the workers measured to the results that are stored and shown."""

import itertools
import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from zbench import statistics
from zbench.core.histogram import BUCKETS, bounds, percentiles
from zbench.measure import Job, Session
from zbench.reports.model import ProcessValues, Result, Run

NOISY_SPREAD = 0.10  # of the median; above it a figure is called unstable
ENOUGH_PROCESSES = 3

JSON_FIELDS = (
    "scenario",
    "parameters",
    "ok",
    "messages",
    "ns_per_message",
    "messages_per_s",
    "ci95",
    "latency_ns",
    "extra",
    "warnings",
)


def run_of(session: Session, label: str | None) -> Run:
    """The run to keep, made of a session."""
    floors = {job.name: job for job in session.jobs if job.entry.scenario.category == "floor"}
    results = [_result(job, floors) for job in session.jobs if job.shown or job.values()]
    host: dict[str, Any] = {}
    for record in itertools.chain.from_iterable(job.processes for job in session.jobs):
        host = host or record.metadata
    return Run(
        id=0,
        label=label,
        started=datetime.fromtimestamp(session.started, UTC).isoformat(timespec="seconds"),
        duration_s=session.duration_s,
        complete=session.complete,
        host=host,
        results=results,
    )


def _result(job: Job, floors: dict[str, Job]) -> Result:
    """One job's figures; None for what was not measured."""
    values = job.values()
    ns = statistics.estimate(values) if values else None
    everything = list(itertools.chain.from_iterable(values))
    floor, ratio = _distance(job, ns, floors)
    counts = _latency(job)
    return Result(
        scenario=job.name,
        parameters=job.parameters,
        category=str(job.entry.scenario.category),
        ok=job.failed is None and bool(values),
        messages=job.messages if values else 0,
        ns_per_message=ns,
        messages_per_s=1e9 / ns if ns else None,
        ci95=statistics.bootstrap_ci(values),
        spread=statistics.relative_spread(everything) if values else None,
        latency_ns=percentiles(counts) if counts is not None else None,
        floor=floor,
        floor_ratio=ratio,
        extra=_extra(job),
        warnings=_warnings(job, everything),
        processes=[
            ProcessValues(v, record.compile_seconds, record.cache)
            for v, record in zip(values, (p for p in job.processes if p.values), strict=True)
        ],
        latency_counts=_pairs(counts),
    )


def _distance(
    job: Job, ns: float | None, floors: dict[str, Job]
) -> tuple[str | None, float | None]:
    """The floor a job is compared with, and how many times its time the job took."""
    for name in job.entry.scenario.floors:
        values = floors[name].values() if name in floors else []
        if values and ns:
            return name, ns / statistics.estimate(values)
    return None, None


def _latency(job: Job) -> np.ndarray | None:
    """All processes' histograms added up."""
    found = [v["latency"] for p in job.processes for v in p.values if v["latency"] is not None]
    if not found:
        return None
    counts = np.zeros(BUCKETS, np.int64)
    for bucket, count in itertools.chain.from_iterable(found):
        counts[bucket] += count
    return counts


def _pairs(counts: np.ndarray | None) -> list[tuple[float, int]]:
    if counts is None:
        return []
    upper = bounds()
    return [(float(upper[i]), int(counts[i])) for i in np.flatnonzero(counts)]


def _extra(job: Job) -> dict[str, float]:
    """Medians over all repetitions of what only this scenario counts."""
    names = dict.fromkeys(n for p in job.processes for v in p.values for n in v["extra"])
    return {
        name: statistics.median(
            [v["extra"][name] for p in job.processes for v in p.values if name in v["extra"]]
        )
        for name in names
    }


def _warnings(job: Job, values: list[float]) -> list[str]:
    """What to know before trusting the figures; each ends in a next step."""
    found = []
    if job.failed is not None:
        found.append(f"{job.failed}; run it alone with --processes 1 to see more")
    cpus = len(os.sched_getaffinity(0))
    workers = int(job.parameters.get("workers", 1))
    if workers > cpus:
        found.append(
            f"{workers} workers share {cpus} processors, so they wait for each other; "
            f"use at most workers={cpus} to measure the runtime"
        )
    if len(values) > 1 and statistics.relative_spread(values) > NOISY_SPREAD:
        spread = statistics.relative_spread(values)
        found.append(f"values vary by {spread:.0%}; see `zbench doctor`, then raise --processes")
    if values and len(job.values()) < ENOUGH_PROCESSES:
        found.append(
            f"only {len(job.values())} processes, so the interval means little; "
            "use --processes 5 or more"
        )
    return found


def as_json(result: Result) -> dict[str, Any]:
    """The documented element of ``--json``."""
    fields = asdict(result)
    return {name: fields[name] for name in JSON_FIELDS}
