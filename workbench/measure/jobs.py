"""Start one worker process, wait for it, stop it, and read its files."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zbench.measure.processes import ProcessEnd, kill_group, last_words, signal_name
from zbench.measure.worker import WRONG_ANSWER
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
    host: dict[str, Any] = field(default_factory=dict)


def run_job(job: Job, timeout: float) -> JobOutcome:
    """Run a job in a process of its own.

    Ctrl-C kills the worker and returns its values so far, marked interrupted.

    Args:
        job: The work to measure.
        timeout: Seconds after which the worker's whole process group is killed.

    Returns:
        Everything the worker wrote before it ended, in whatever way.
    """
    with tempfile.TemporaryDirectory(prefix="zbench-") as folder:
        work = Path(folder)
        (work / "job.json").write_text(
            json.dumps(
                {
                    "scenario": job.scenario,
                    "source": job.source,
                    "parameters": dict(job.parameters),
                    "messages": job.messages,
                    "side": str(work / "side"),
                }
            )
        )
        outcome = JobOutcome()
        with (work / "stderr").open("wb") as errors:
            worker = subprocess.Popen(
                _command(job, work),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is zbench's to handle, not the worker's
            )
            try:
                ended = _wait(worker, timeout)
            except KeyboardInterrupt:
                ended, outcome.interrupted = False, True
            finally:
                kill_group(worker)
                worker.wait()
        _read_side_file(work / "side", outcome)
        _read_host(work / "pyperf.json", outcome)
        _judge(outcome, worker.returncode, ended, timeout, work / "stderr")
        return outcome


def _command(job: Job, work: Path) -> Sequence[str]:
    command = [
        sys.executable,
        "-m",
        "zbench.measure.worker",
        "--worker",
        "--job",
        str(work / "job.json"),
    ]
    command += ["--min-time", str(job.min_time), "--output", str(work / "pyperf.json")]
    if job.loops == 0:
        return [*command, "--calibrate-loops", "--warmups=0", "--values=1"]
    return [*command, f"--loops={job.loops}", f"--warmups={job.warmups}", f"--values={job.values}"]


def _wait(worker: "subprocess.Popen[bytes]", timeout: float) -> bool:
    """Wait without waking up meanwhile, so as not to disturb; False: timed out."""
    if not hasattr(os, "pidfd_open"):
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(timeout)
        return worker.poll() is not None
    descriptor = os.pidfd_open(worker.pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], timeout)
    finally:
        os.close(descriptor)
    return bool(ended)


def _read_side_file(path: Path, outcome: JobOutcome) -> None:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:  # the worker died while it wrote this line
            continue
        if event["event"] == "prepared":
            outcome.compile_seconds, outcome.cache = event["compile_seconds"], event["cache"]
        elif event["event"] == "wrong":
            outcome.wrong = event["error"]
        elif not event["warmup"]:
            outcome.values.append(event)


def _read_host(path: Path, outcome: JobOutcome) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
        file = json.loads(path.read_text(encoding="utf-8"))
        metadata = {**file["metadata"], **file["benchmarks"][0].get("metadata", {})}
        metadata |= file["benchmarks"][0]["runs"][0].get("metadata", {})
        outcome.host = {k: v for k, v in metadata.items() if k not in NOT_OF_THE_HOST}


def _judge(outcome: JobOutcome, code: int, ended: bool, timeout: float, errors: Path) -> None:
    """Say in a sentence how the process failed, if it did."""
    if outcome.interrupted or outcome.wrong is not None:
        return
    if not ended:
        outcome.timed_out = True
        outcome.failure = (
            f"a worker process did not end within {timeout:g} s and was stopped; "
            "if the scenario needs longer, give --timeout more seconds"
        )
    elif code < 0:
        said = last_words(errors.read_bytes())
        outcome.failure = f"a worker process was killed by {signal_name(-code)}{said}"
    elif code not in (0, WRONG_ANSWER):
        said = last_words(errors.read_bytes())
        outcome.failure = f"a worker process ended with exit code {code}{said}"
