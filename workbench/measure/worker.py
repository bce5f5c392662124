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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
MOST_LOOPS = 1 << 20  # runs of one repetition
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
        self._extra: dict[str, tuple[float, int]] = {}  # not every sample need have all
        self.checked = True

    def add(self, sample: Sample) -> None:
        """Take in one sample without an error."""
        self.checked &= bool(sample.checked)
        self.elapsed_ns += float(sample.elapsed_ns)
        self.messages += int(sample.messages)
        if sample.latency is not None:
            _check_buckets(len(sample.latency))
            if self._latency is None:
                # Never of the sample's own type, in which a sum may have no room.
                self._latency = sample.latency.astype("int64")
            else:
                self._latency += sample.latency.astype("int64", copy=False)
        for name, value in sample.extra.items():
            total, count = self._extra.get(name, (0.0, 0))
            self._extra[name] = total + float(value), count + 1

    def fields(self, loops: int) -> dict[str, Any]:
        """Return the fields of the side file; latency as (bucket, count) where not zero."""
        latency = None
        if self._latency is not None:
            used = self._latency.nonzero()[0]
            latency = [[int(i), int(self._latency[i])] for i in used]
        return {
            "loops": loops,
            "elapsed_ns": round(self.elapsed_ns),
            "messages": self.messages,
            "checked": self.checked,
            "extra": {name: total / count for name, (total, count) in self._extra.items()},
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
            prepared: Prepared = scenario.prepare(job["parameters"])
            self._run: Any = getattr(prepared, "run", None)
            self._close: Any = getattr(prepared, "close", None)
        if not (callable(self._run) and callable(self._close)):
            msg = (
                f"prepare of {self.name} must return an object with the methods run and "
                f"close, got {shown(prepared)}"
            )
            raise ScenarioError(msg)

    def run(self) -> Sample:
        """Run once.

        Raises:
            ScenarioError: It returned no sample.
        """
        sample: Any = self._run()
        if not isinstance(sample, Sample):
            msg = f"run of {self.name} must return a Sample, got {shown(sample)}"
            raise ScenarioError(msg)
        if type(sample) is not Sample:  # a class of the user's need not have checked anything
            Sample.__post_init__(sample)
        return sample

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """For calls of ``run``: around many of them, as it takes microseconds.

        Raises:
            ScenarioError: The scenario's code raised; the line says where, and names the fault
                of an actor that came before, if there was one.
        """
        try:
            with user_code(self._home, self._run), watched(self._deadline):
                yield
        except ScenarioError as error:
            fault = first_fault()
            if fault is None or fault in str(error):
                raise
            msg = f"{fault}; then {error}"
            raise ScenarioError(msg) from error.__cause__

    def close(self) -> None:
        """Give its threads and memory back."""
        with user_code(self._home, self._close):
            self._close()


class Timer:
    """pyperf's time function: runs the scenario ``loops`` times, writes one event."""

    def __init__(self, running: Running, side: SideFile, warmups: int, expected: int) -> None:
        self._expected = expected  # messages of one loop, 0: not known yet
        self._running = running
        self._side = side
        self._warmups = warmups

    def __call__(self, loops: int) -> float:
        """Return the seconds of all loops, scaled to the messages pyperf was told of.

        Raises:
            ScenarioError: So many loops are too short to be measured.
            WrongAnswerError: A run's answer was wrong.
        """
        if loops > MOST_LOOPS:  # pyperf doubles them until they take long enough
            msg = (
                f"{MOST_LOOPS:,} runs take too little time by their own account; "
                "let each do more: it should take a millisecond at least"
            )
            raise ScenarioError(msg)
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
        side.write("raised", error=str(error))
        _log(error.__cause__)
        code = RAISED
    except BaseException as error:  # pyperf's, or ours
        side.write("raised", error=f"{type(error).__name__}: {error}")
        _log(error)
        code = RAISED
    ends.leave(code)


def _log(error: BaseException | None) -> None:
    """Write an exception's traceback into the log; user code may have closed it."""
    with suppress(Exception):
        if error is not None:
            traceback.print_exception(error)


if __name__ == "__main__":
    main()
