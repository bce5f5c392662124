"""Measuring: worker processes one after the other, in rounds over everything to measure.

Every round runs one process of each job, so a drift of the machine meets all jobs alike.
What a worker has measured is in its side file at once: a worker that dies, hangs or is
interrupted loses nothing.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zbench.registry import Catalogue, Entry, find
from zbench.scenarios.base import Parameters

POLL_S = 0.05
GRACE_S = 0.5  # between asking a worker to end and killing it
VALUES = 5


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    processes: int = 5
    values: int = VALUES
    warmups: int = 1
    min_time_s: float = 0.1  # of one value
    timeout_s: float = 300.0  # of one process


QUICK = Plan(processes=2, values=3, min_time_s=0.02)


@dataclass
class ProcessRecord:
    """What one worker process measured."""

    compile_seconds: float = 0.0
    cache: str = "warm"
    values: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass
class Job:
    """One scenario at one set of parameters, and what was measured of it."""

    entry: Entry
    parameters: dict[str, Any]
    shown: bool = True  # False: a floor measured for comparison only
    loops: int = 0
    messages: int = 1
    processes: list[ProcessRecord] = field(default_factory=list)
    failed: str | None = None

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.entry.scenario.name

    def values(self) -> list[list[float]]:
        """Nanoseconds a message, a list a process."""
        return [
            [v["elapsed_ns"] / v["messages"] for v in p.values] for p in self.processes if p.values
        ]


@dataclass
class Session:
    """All jobs of one call, and whether it came to its end."""

    jobs: list[Job]
    started: float = field(default_factory=time.time)
    duration_s: float = 0.0
    complete: bool = True


Progress = Callable[[Job, int, int], None]  # job, steps done, steps in all


def make_jobs(
    chosen: list[tuple[Entry, dict[str, Any]]], known: Catalogue, quick: bool
) -> list[Job]:
    """The jobs asked for, and the floors they are compared with."""
    jobs = [Job(entry, parameters) for entry, parameters in chosen]
    named = {job.name for job in jobs}
    floors = dict.fromkeys(f for job in jobs for f in job.entry.scenario.floors)
    for floor in floors:
        if floor not in named:
            entry = find(floor, known)
            jobs.append(Job(entry, _defaults(entry, quick), shown=False))
    return jobs


def _defaults(entry: Entry, quick: bool) -> dict[str, Any]:
    return {
        p.name: p.quick if quick and p.quick is not None else p.default
        for p in entry.scenario.parameters
    }


def measure(jobs: list[Job], plan: Plan, progress: Progress) -> Session:
    """Calibrate every job, then measure in rounds; Ctrl-C keeps what was measured."""
    session = Session(jobs)
    steps = len(jobs) * (plan.processes + 1)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="zbench-") as folder:
            for step, (job, calibrating) in enumerate(_steps(jobs, plan)):
                progress(job, step, steps)
                if job.failed is None:
                    _one_process(job, plan, Path(folder), calibrating)
            progress(jobs[-1], steps, steps)
    except KeyboardInterrupt:
        session.complete = False
    session.duration_s = time.monotonic() - began
    return session


def _steps(jobs: list[Job], plan: Plan) -> Iterator[tuple[Job, bool]]:
    """Calibration of each job, then rounds of one process each."""
    for job in jobs:
        yield job, True
    for _ in range(plan.processes):
        for job in jobs:
            yield job, False


def _one_process(job: Job, plan: Plan, folder: Path, calibrating: bool) -> None:
    """Run one worker and take in what it left."""
    side, output = folder / "side.jsonl", folder / "pyperf.json"
    for path in (side, output):
        path.unlink(missing_ok=True)
    described = {
        "scenario": job.name,
        "source": job.entry.source,
        "parameters": job.parameters,
        "side": str(side),
        "messages": job.messages,
    }
    (folder / "job.json").write_text(json.dumps(described))
    options = ["--worker", "--min-time", str(plan.min_time_s), "-o", str(output)]
    if calibrating:
        options += ["--calibrate-loops", "-w", "1", "-n", "1"]
    else:
        options += ["-l", str(job.loops), "-w", str(plan.warmups), "-n", str(plan.values)]
    record = ProcessRecord()
    try:
        record.error = _run_worker(["--job", str(folder / "job.json"), *options], plan.timeout_s)
    finally:
        _read_side(side, record)
        if output.exists():
            record.metadata = json.loads(output.read_text())["metadata"]
        _take_in(job, record, calibrating)


def _take_in(job: Job, record: ProcessRecord, calibrating: bool) -> None:
    """Add a process's record to its job."""
    if record.error is not None and job.failed is None:
        job.failed = record.error
    if not calibrating:
        job.processes.append(record)
    elif record.values:
        last = record.values[-1]
        job.loops = int(last["loops"])
        job.messages = max(1, int(last["messages"]) // job.loops)


def _read_side(side: Path, record: ProcessRecord) -> None:
    """Take in the events of a side file, whole lines only."""
    if not side.exists():
        return
    for line in side.read_text().splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            event = json.loads(line)
            if event["event"] == "prepared":
                record.compile_seconds = event["compile_seconds"]
                record.cache = event["cache"]
            elif event["event"] == "value" and not event["warmup"]:
                record.values.append(event)
            elif event["event"] == "wrong":
                record.error = f"wrong answer: {event['error']}"


def _run_worker(options: list[str], timeout_s: float) -> str | None:
    """Run a worker to its end; what went wrong, or None."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "zbench.worker", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal is ours to handle
        text=True,
    )
    until = time.monotonic() + timeout_s
    try:
        while True:
            try:
                _, errors = worker.communicate(timeout=POLL_S)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    _kill(worker)
                    return f"a worker process took longer than {timeout_s:g} s and was ended; raise --timeout"
    except KeyboardInterrupt:
        _kill(worker)
        raise
    return _outcome(worker.returncode, errors)


def _kill(worker: subprocess.Popen[str]) -> None:
    """End a worker and all it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(GRACE_S)
            return


def _outcome(code: int, errors: str) -> str | None:
    """Say what an exit code and the last line on stderr mean."""
    if code == 0:
        return None
    last = (errors.strip().splitlines() or ["no message"])[-1]
    if code < 0:
        return f"a worker process died of {signal.Signals(-code).name}"
    if last.startswith("wrong answer"):
        return last
    return f"a worker process ended with code {code}: {last}"


def parameters_text(parameters: Parameters) -> str:
    """Parameters as on the command line."""
    return " ".join(f"{k}={v}" for k, v in parameters.items())
