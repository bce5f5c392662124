"""Start one worker process, wait for it, and read what it left."""

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zbench.catalogue.sources import folder_of
from zbench.children import ends, logs
from zbench.children.folders import work_folder
from zbench.measure.rounds import ProcessEnd
from zbench.scenarios.base import Value

# Names in pyperf's metadata that differ from run to run on one machine.
NOT_OF_THE_HOST = frozenset(
    {"name", "loops", "inner_loops", "unit", "duration", "date", "zbench_parameters", "uptime",
     "calibrate_loops", "command_max_rss", "mem_max_rss", "runnable_threads"}
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """The work of one worker process."""

    scenario: str
    source: str
    parameters: Mapping[str, Value]
    messages: int = 0  # of one loop; 0: not known yet
    loops: int = 0  # 0: calibrate
    values: int = 5
    warmups: int = 1
    min_time: float = 0.1


@dataclass
class JobOutcome(ProcessEnd):
    """The values of one worker process, and how it ended."""

    values: list[dict[str, Any]] = field(default_factory=list)  # the side file's value events
    compile_seconds: float = 0.0
    cache: str = "warm"
    prepared: bool = False  # whether it was ready to measure
    host: dict[str, Any] = field(default_factory=dict)
    done: bool = False  # whether it said that it had come to its end
    garbage: str | None = None  # a line of the side file that is no event


def run_job(job: Job, timeout: float) -> JobOutcome:
    """Run a job in a process of its own.

    Ctrl-C kills the worker and returns its values so far, marked interrupted.

    Args:
        job: The work to measure.
        timeout: Seconds after which the worker's whole process group is killed.

    Returns:
        Everything the worker wrote before it ended, in whatever way.
    """
    outcome = JobOutcome()
    try:
        with work_folder() as work:
            _write_job(job, work, timeout)
            log = work / "log"
            end = ends.run_module("zbench.measure.worker", _options(job, work), log, timeout)
            outcome.interrupted = end.interrupted
            _read_side_file(work / "side", outcome)
            _read_host(work / "pyperf.json", outcome)
            _judge(outcome, end, timeout, work, folder_of(job.source))
            if outcome.failure is not None:
                outcome.failure += logs.kept_as(log, job.scenario)
    except OSError as error:
        outcome.failure = (
            f"can't start a worker process: {error}; is a disk full? TMPDIR names another folder"
        )
    return outcome


def _write_job(job: Job, work: Path, timeout: float) -> None:
    text = json.dumps(
        {
            "scenario": job.scenario,
            "source": job.source,
            "parameters": dict(job.parameters),
            "messages": job.messages,
            "side": str(work / "side"),
            "until": time.monotonic() + timeout,
        }
    )
    (work / "job.json").write_text(text)


def _options(job: Job, work: Path) -> list[str]:
    """Options of the worker, most of them pyperf's."""
    options = ["--worker", "--job", str(work / "job.json")]
    options += ["--min-time", str(job.min_time), "--output", str(work / "pyperf.json")]
    if job.loops == 0:
        return [*options, "--calibrate-loops", "--warmups=0", "--values=1"]
    return [*options, f"--loops={job.loops}", f"--warmups={job.warmups}", f"--values={job.values}"]


def _read_side_file(path: Path, outcome: JobOutcome) -> None:
    if not path.exists():
        return
    *lines, _unfinished = path.read_bytes().split(b"\n")
    for line in lines:
        try:
            _take(json.loads(line), outcome)
        # Some code of the user's has written into the file.
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
            outcome.garbage = outcome.garbage or repr(line[:60])


def _take(event: dict[str, Any], outcome: JobOutcome) -> None:
    """Take in one event of the side file."""
    kind = event["event"]
    if kind == "prepared":
        outcome.prepared = True
        outcome.compile_seconds, outcome.cache = float(event["compile_seconds"]), event["cache"]
    elif kind == "wrong":
        outcome.wrong = event["error"]
    elif kind == "raised":
        outcome.failure, outcome.raised = event["error"], True
    elif kind == "done":
        outcome.done = True
    elif not event["warmup"]:
        event["elapsed_ns"] / event["messages"] / event["loops"]
        outcome.values.append(event)


def _read_host(path: Path, outcome: JobOutcome) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
        file = json.loads(path.read_text(encoding="utf-8"))
        metadata = {**file["metadata"], **file["benchmarks"][0].get("metadata", {})}
        metadata |= file["benchmarks"][0]["runs"][0].get("metadata", {})
        outcome.host = {k: v for k, v in metadata.items() if k not in NOT_OF_THE_HOST}


def _judge(
    outcome: JobOutcome, end: ends.ChildEnd, timeout: float, work: Path, home: Path | None
) -> None:
    """Say in a sentence how the process failed, if it did."""
    if outcome.interrupted or outcome.wrong is not None or outcome.raised:
        return
    place = ends.last_place(work / "log", home)
    at = f", at {place}" if place else ""
    if end.timed_out:
        outcome.timed_out = True
        outcome.failure = (
            f"a worker process did not end within {timeout:g} s{at}, and was stopped; "
            "if the scenario needs longer, give --timeout more seconds"
        )
        if not outcome.prepared:
            outcome.failure = (
                f"a worker process was not ready within {timeout:g} s{at}, and was stopped: it "
                "still loaded, compiled or prepared the scenario; give --timeout more seconds"
            )
    elif outcome.garbage is not None:
        outcome.failure = f"a worker process wrote {outcome.garbage} among its values"
    elif end.code == 0 and not outcome.done:
        outcome.failure = (
            f"a worker process ended with exit code 0 before it had measured all{at}; "
            "a scenario must not end the process"
        )
    elif end.code != 0:
        full = ends.full_disk(work)
        outcome.failure = f"a worker process {ends.cause(end.code)}{at}{full}"
