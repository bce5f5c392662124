"""One worker process: prepare a scenario untimed, then let pyperf take its values.

Started as ``python -m zbench.measure.worker --job FILE`` plus pyperf's own options. Every value
is appended to the job's side file as soon as it is measured, so that a death or Ctrl-C
loses none of them; pyperf's file, written at the end, holds the metadata.

Side file: JSON lines with an ``event``: ``prepared`` (compile_seconds, cache), ``value``
(one repetition: all its loops), ``wrong`` (an answer that failed its check), ``raised`` (an
exception of the scenario's code, as one line), ``done``. A worker without the last of them was
ended by something, whatever its exit code says.
"""

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyperf
from zbench.catalogue.faults import one_line, user_code
from zbench.catalogue.registry import load_one
from zbench.catalogue.sources import folder_of
from zbench.children import ends
from zbench.core.compile.renewal import compiled_functions
from zbench.errors import ScenarioError, WrongAnswerError
from zbench.measure.actor_faults import first_fault, watched
from zbench.scenarios.base import Prepared, Sample, Scenario, shown

RAISED, WRONG_ANSWER = 4, 3  # exit codes
LAST_LOOK_S = 3.0  # before the time is up, a run with a fault is given up


class SideFile:
    """Appends one JSON line an event, flushed at once."""

    def __init__(self, path: str) -> None:
        self._owner = os.getpid()
        self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 (lives as long as the process)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event; a process that the scenario forked has none of its own, and ends."""
        if os.getpid() != self._owner:
            os._exit(0)
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()


class Repetition:
    """Adds up the samples of one repetition."""

    def __init__(self) -> None:
        self.elapsed_ns = 0.0  # a sample's may have a fraction, which many loops add up
        self.messages = 0
        self._latency: Any = None
        self._extra: Counter[str] = Counter()
        self.checked = True

    def add(self, sample: Sample) -> None:
        """Take in one sample without an error."""
        self.checked &= bool(sample.checked)
        self.elapsed_ns += float(sample.elapsed_ns)
        self.messages += int(sample.messages)
        if sample.latency is not None:
            self._latency = sample.latency + (0 if self._latency is None else self._latency)
        for name, value in sample.extra.items():
            self._extra[name] += float(value)  # type: ignore[assignment]

    def fields(self, loops: int) -> dict[str, Any]:
        """Return the fields of the side file; latency as (bucket, count) where not zero."""
        latency = None
        if self._latency is not None:
            _check_buckets(len(self._latency))
            used = self._latency.nonzero()[0]
            latency = [[int(i), int(self._latency[i])] for i in used]
        return {
            "loops": loops,
            "elapsed_ns": round(self.elapsed_ns),
            "messages": self.messages,
            "checked": self.checked,
            "extra": {name: total / loops for name, total in self._extra.items()},
            "latency": latency,
        }


def _check_buckets(found: int) -> None:
    """Refuse a histogram of other buckets than zbench's."""
    from zbench.core.metrics.histogram import BUCKETS  # compiled code; only for those who have it

    if found != BUCKETS:
        msg = f"latency of a Sample must have {BUCKETS} counts, got {found}; see core.metrics"
        raise ScenarioError(msg)


class Running:
    """A prepared scenario whose code is the user's: every call of it is guarded."""

    def __init__(self, scenario: Scenario, job: dict[str, Any]) -> None:
        left = job["until"] - time.monotonic()
        self._deadline = job["until"] - min(LAST_LOOK_S, left / 2)
        self._home = folder_of(job["source"])
        self.name = scenario.name
        with user_code(self._home, scenario.prepare):
            self._prepared: Prepared = scenario.prepare(job["parameters"])
        for method in ("run", "close"):
            if not callable(getattr(self._prepared, method, None)):
                msg = (
                    f"prepare of {self.name} must return an object with the methods run and "
                    f"close, got {shown(self._prepared)}"
                )
                raise ScenarioError(msg)

    def run(self) -> Sample:
        """Run once.

        Raises:
            ScenarioError: It returned no sample.
        """
        sample: Any = self._prepared.run()
        if not isinstance(sample, Sample):
            msg = f"run of {self.name} must return a Sample, got {shown(sample)}"
            raise ScenarioError(msg)
        return sample

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """For calls of ``run``: around many of them, as it takes microseconds.

        Raises:
            ScenarioError: The scenario's code raised; the line says where, and names the fault
                of an actor that came before, if there was one.
        """
        run = self._prepared.run
        try:
            with user_code(self._home, run), watched(self._deadline):
                yield
        except ScenarioError as error:
            fault = first_fault()
            if fault is None or fault in str(error):
                raise
            msg = f"{fault}; then {error}"
            raise ScenarioError(msg) from error.__cause__

    def close(self) -> None:
        """Give its threads and memory back."""
        with user_code(self._home, self._prepared.close):
            self._prepared.close()


class Timer:
    """pyperf's time function: runs the scenario ``loops`` times, writes one event."""

    def __init__(self, running: Running, side: SideFile, warmups: int, expected: int) -> None:
        self._expected = expected  # messages of one loop, 0: not known yet
        self._running = running
        self._side = side
        self._warmups = warmups

    def __call__(self, loops: int) -> float:
        """Return the seconds of all loops, scaled to the messages pyperf was told of."""
        repetition = Repetition()
        with self._running.guarded():
            for _ in range(loops):
                sample = self._running.run()
                if sample.error is not None:
                    raise WrongAnswerError(sample.error)
                repetition.add(sample)
        warmup = self._warmups > 0
        self._warmups -= 1
        self._side.write("value", warmup=warmup, **repetition.fields(loops))
        scale = self._expected * loops / repetition.messages if self._expected else 1.0
        return repetition.elapsed_ns * 1e-9 * scale


def measure(job: dict[str, Any], runner: pyperf.Runner, side: SideFile, warmups: int) -> None:
    """Prepare the job's scenario outside any timed region and take its values."""
    scenario = load_one(job["scenario"], job["source"])
    start = time.perf_counter()
    compiled = compiled_functions()
    running = Running(scenario, job)
    try:
        cache = "warm" if compiled_functions() == compiled else "cold"
        side.write("prepared", compile_seconds=time.perf_counter() - start, cache=cache)
        runner.bench_time_func(
            scenario.name,
            Timer(running, side, warmups, job["messages"]),
            inner_loops=job["messages"] or None,
            metadata={
                "zbench_parameters": json.dumps(job["parameters"]),
                "numba_version": version("numba"),
            },
        )
    finally:
        running.close()
    side.write("done")


def main() -> None:
    """Run one job; the side file says how it ended."""
    runner = pyperf.Runner(program_args=("-m", "zbench.measure.worker"))
    runner.argparser.add_argument("--job", required=True)
    args = runner.parse_args()
    job = json.loads(Path(args.job).read_text(encoding="utf-8"))
    side = SideFile(job["side"])
    ends.expect_end(job["until"])
    code = 0
    try:
        measure(job, runner, side, 0 if args.calibrate_loops else args.warmups)
    except WrongAnswerError as error:
        side.write("wrong", error=one_line(str(error)) or "run gave no reason")
        code = WRONG_ANSWER
    except ScenarioError as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        side.write("raised", error=str(error))
        code = RAISED
    except BaseException as error:  # pyperf's, or ours
        traceback.print_exc()
        side.write("raised", error=f"{type(error).__name__}: {error}")
        code = RAISED
    ends.leave(code)


if __name__ == "__main__":
    main()
