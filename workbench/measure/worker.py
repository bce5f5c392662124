"""One worker process: prepare a scenario untimed, then let pyperf take its values.

Started as ``python -m zbench.measure.worker --job FILE`` plus pyperf's own options. Every value
is appended to the job's side file as soon as it is measured, so that a death or Ctrl-C
loses none of them; pyperf's file, written at the end, holds the metadata.

Side file: JSON lines with an ``event``: ``prepared`` (compile_seconds, cache), ``value``
(one repetition: all its loops), ``wrong`` (an answer that failed its check).
"""

import ctypes
import json
import signal
import sys
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyperf
from zbench.catalogue.registry import load_one
from zbench.core.compile.renewal import compiled_functions
from zbench.errors import WrongAnswerError
from zbench.scenarios.base import Prepared, Sample

PR_SET_PDEATHSIG = 1
WRONG_ANSWER = 3  # exit code


class SideFile:
    """Appends one JSON line an event, flushed at once."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 (lives as long as the process)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event."""
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()


class Repetition:
    """Adds up the samples of one repetition."""

    def __init__(self) -> None:
        self.elapsed_ns = 0
        self.messages = 0
        self._latency: Any = None
        self._extra: Counter[str] = Counter()

    def add(self, sample: Sample) -> None:
        """Take in one verified sample."""
        self.elapsed_ns += int(sample.elapsed_ns)
        self.messages += int(sample.messages)
        if sample.latency is not None:
            self._latency = sample.latency + (0 if self._latency is None else self._latency)
        for name, value in sample.extra.items():
            self._extra[name] += float(value)  # type: ignore[assignment]

    def fields(self, loops: int) -> dict[str, Any]:
        """Return the fields of the side file; latency as (bucket, count) where not zero."""
        latency = None
        if self._latency is not None:
            used = self._latency.nonzero()[0]
            latency = [[int(i), int(self._latency[i])] for i in used]
        return {
            "loops": loops,
            "elapsed_ns": self.elapsed_ns,
            "messages": self.messages,
            "extra": {name: total / loops for name, total in self._extra.items()},
            "latency": latency,
        }


class Timer:
    """pyperf's time function: runs the scenario ``loops`` times, writes one event."""

    def __init__(self, prepared: Prepared, side: SideFile, warmups: int, expected: int) -> None:
        self._expected = expected  # messages of one loop, 0: not known yet
        self._prepared = prepared
        self._side = side
        self._warmups = warmups

    def __call__(self, loops: int) -> float:
        """Return the seconds of all loops, scaled to the messages pyperf was told of."""
        repetition = Repetition()
        for _ in range(loops):
            sample = self._prepared.run()
            error = sample.error or _implausible(sample)
            if error is not None:
                self._side.write("wrong", error=error)
                raise WrongAnswerError(error)
            repetition.add(sample)
        warmup = self._warmups > 0
        self._warmups -= 1
        self._side.write("value", warmup=warmup, **repetition.fields(loops))
        scale = self._expected * loops / repetition.messages if self._expected else 1.0
        return repetition.elapsed_ns * 1e-9 * scale


def _implausible(sample: Sample) -> str | None:
    if sample.messages <= 0:
        return f"it counted {sample.messages} messages"
    if sample.elapsed_ns <= 0:
        return f"it took {sample.elapsed_ns} ns"
    return None


def die_with_parent() -> None:
    """Ask Linux to kill this process if zbench itself is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def measure(job: dict[str, Any], runner: pyperf.Runner, side: SideFile, warmups: int) -> None:
    """Prepare the job's scenario outside any timed region and take its values."""
    scenario = load_one(job["scenario"], job["source"])
    start = time.perf_counter()
    compiled = compiled_functions()
    prepared = scenario.prepare(job["parameters"])
    try:
        cache = "warm" if compiled_functions() == compiled else "cold"
        side.write("prepared", compile_seconds=time.perf_counter() - start, cache=cache)
        runner.bench_time_func(
            scenario.name,
            Timer(prepared, side, warmups, job["messages"]),
            inner_loops=job["messages"] or None,
            metadata={
                "zbench_parameters": json.dumps(job["parameters"]),
                "numba_version": version("numba"),
            },
        )
    finally:
        prepared.close()


def main() -> None:
    """Run one job; exit code 3 and a line on stderr for a wrong answer."""
    die_with_parent()
    runner = pyperf.Runner(program_args=("-m", "zbench.measure.worker"))
    runner.argparser.add_argument("--job", required=True)
    args = runner.parse_args()
    job = json.loads(Path(args.job).read_text(encoding="utf-8"))
    try:
        measure(job, runner, SideFile(job["side"]), 0 if args.calibrate_loops else args.warmups)
    except WrongAnswerError as error:
        sys.stderr.write(f"wrong answer: {error}\n")
        sys.exit(WRONG_ANSWER)


if __name__ == "__main__":
    main()
