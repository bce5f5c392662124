"""Run one harness in a pinned process of its own and read its output.

The protocol is docs/peers.md. Every line read before the process ended is kept.
"""

import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zbench.children.ends import kill_group, last_words, signal_name
from zbench.measure.rounds import ProcessEnd
from zbench.peers import protocol
from zbench.peers.answers import SHARED, Expected
from zbench.peers.catalogue import Peer, Variant
from zbench.peers.protocol import ProtocolError

ENDLESS = 1_000_000_000  # iterations: zbench ends the process when it has enough
WRONG = 1  # exit code of a harness that found its answer wrong
MOST_WORDS = 1 << 16  # bytes of standard error among which its last line is looked for


@dataclass(frozen=True)
class PeerJob:
    """The work of one process of a peer."""

    peer: Peer
    variant: Variant
    place: Path | None  # the folder in which it was built
    scenario: str
    parameters: Mapping[str, int]
    cores: int
    iterations: int  # wanted after its warm-up
    seed: int
    timeout: float
    expected: Expected
    has_enough: Callable[["Series"], bool]  # asked after each iteration; True ends the process

    def command(self) -> list[str]:
        """The whole command line."""
        words = {"{threads}": str(self.cores), "{build}": str(self.folder or "")}
        program = list(self.variant.command or self.peer.run)
        arguments = [self.scenario, "--threads", str(self.cores)]
        arguments += ["--iterations", str(ENDLESS), "--seed", str(self.seed)]
        for key, value in self.parameters.items():
            arguments += ["-p", f"{key}={value}"]
        command = [*program, *arguments, *self.variant.arguments]
        for mark, text in words.items():
            command = [word.replace(mark, text) for word in command]
        if self.folder is not None and "/" in command[0]:
            command[0] = str(self.folder / command[0])  # an absolute one stays as it is
        return command

    @property
    def folder(self) -> Path | None:
        """The folder it runs in."""
        return self.place or self.peer.folder


@dataclass
class Series(ProcessEnd):
    """The values of one process, in order, and how it ended."""

    hello: dict[str, Any] = field(default_factory=dict)
    startup_s: float | None = None
    first_answer_s: float | None = None
    iterations: list[dict[str, Any]] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)  # of each, since the first line
    warm: int | None = None  # leading iterations that were the warm-up by time
    has_enough: bool = False


def cpus(cores: int) -> set[int]:
    """Processors to which a process of ``cores`` cores is pinned: the first allowed ones."""
    return set(sorted(os.sched_getaffinity(0))[:cores])


def run(job: PeerJob) -> Series:
    """Run a harness; Ctrl-C ends it and returns the lines so far, marked interrupted."""
    series = Series()
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        try:
            with _pinned(job.cores):
                process = subprocess.Popen(
                    job.command(),
                    cwd=job.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,  # Ctrl-C is zbench's to handle
                )
        except OSError as error:
            series.failure = f"its harness can't be started: {error}"
            return series
        try:
            with process:
                try:
                    _read(process, job, series, started)
                finally:
                    kill_group(process)
        except KeyboardInterrupt:
            series.interrupted = True
            return series
        except ProtocolError as error:
            series.failure = f"its harness broke the protocol: {error}"
            return series
        _judge(process.returncode, job, series, errors)
    return series


@contextlib.contextmanager
def _pinned(cores: int) -> Iterator[None]:
    """Pin this thread, so that a process started meanwhile inherits it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus(cores))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _read(process: "subprocess.Popen[bytes]", job: PeerJob, series: Series, started: float) -> None:
    """Take in lines until the process ends or its time is up."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    deadline, lines = started + job.timeout, protocol.Lines()
    with _end_of(process) as ended:
        while True:
            left = deadline - time.perf_counter()
            ready = select.select([pipe, *ended], [], [], max(left, 0.0))[0]
            if left <= 0 or not ready:
                series.timed_out = True
                return
            if pipe not in ready:  # a process that it left behind may hold the pipe
                break
            piece = os.read(pipe, 1 << 16)
            now = time.perf_counter() - started
            for line in lines.take(piece):
                _take(line, job, series, now)
                if series.wrong is None and series.iterations and job.has_enough(series):
                    series.has_enough = True
                    return
            if not piece:
                break
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.1, deadline - time.perf_counter()))
        return
    series.timed_out = True


@contextlib.contextmanager
def _end_of(process: "subprocess.Popen[bytes]") -> Iterator[list[int]]:
    """A descriptor that is ready when the process has ended; none where there is no such thing."""
    if not hasattr(os, "pidfd_open"):
        yield []
        return
    descriptor = os.pidfd_open(process.pid)
    try:
        yield [descriptor]
    finally:
        os.close(descriptor)


def _take(text: bytes, job: PeerJob, series: Series, now: float) -> None:
    """Take in one line.

    Raises:
        ProtocolError: It isn't one of the protocol's, or comes where none may.
    """
    if not text.strip():
        return
    line = protocol.read(text)
    if line["kind"] == "peer":
        series.hello, series.startup_s = line, now
        return
    if not series.hello:
        msg = "an iteration before the line of kind 'peer'"
        raise ProtocolError(msg)
    latency = line.get("histogram") or line.get("error")
    if not latency and SHARED[job.scenario].figure == "p99 ns":
        msg = f"{job.scenario} is compared by its latency, and the histogram is empty"
        raise ProtocolError(msg)
    series.wrong = series.wrong or line.get("error") or _wrong(line, job)
    if series.wrong is None:
        series.iterations.append(line)
        series.ends_s.append(now - (series.startup_s or 0.0))
        series.first_answer_s = series.first_answer_s or now


def _wrong(line: dict[str, Any], job: PeerJob) -> str | None:
    """Compare an iteration's answer with zbench's own reckoning; word the fault."""
    if line["messages"] != job.expected.messages:
        return f"it counted {line['messages']} messages, expected {job.expected.messages}"
    if line.get("answer") != job.expected.answer:
        return f"its answer is {line.get('answer')}, expected {job.expected.answer}"
    return None


def _judge(code: int, job: PeerJob, series: Series, errors: Any) -> None:
    """Say in a sentence how the process failed, if it did."""
    if series.wrong is not None or series.has_enough:
        return
    done = f"{len(series.iterations)} of {job.iterations} iterations"
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - MOST_WORDS))
    said = last_words(errors.read())
    if series.timed_out:
        series.failure = (
            f"it did not end within {job.timeout:g} s ({done}) and was stopped; "
            "if it needs longer, give --timeout more seconds"
        )
    elif code < 0:
        series.failure = f"it was killed by {signal_name(-code)} after {done}{said}"
    elif code == WRONG:
        series.failure = f"it ended with exit code 1 and no error field{said}"
    elif code:
        series.failure = f"it ended with exit code {code} after {done}{said}"
    else:
        series.failure = f"it ended after {done}"
