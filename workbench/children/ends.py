"""Run a child process with a log and a time limit, end it, and word how it ended."""

import contextlib
import faulthandler
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from zbench.children import start

FULL_BYTES = 1 << 16  # with less free, a disk is full
MOST_READ = 1 << 20  # bytes at the end of a log among which a stack is looked for
# A stack as faulthandler writes it, innermost frame first.
FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in ', re.MULTILINE)


@dataclass(frozen=True)
class ChildEnd:
    """The end of a child process: its exit code, or how it was ended."""

    code: int  # below 0: minus the signal that killed it
    timed_out: bool = False
    interrupted: bool = False  # by Ctrl-C


def run_module(module: str, arguments: list[str], log: Path, timeout: float) -> ChildEnd:
    """Run a module in a child process; all that it says goes to its log.

    Args:
        module: The module, run as ``__main__``.
        arguments: Its arguments.
        log: The file that takes standard output and standard error.
        timeout: Seconds after which the child's whole process group is killed.

    Raises:
        OSError: It can't be started.
    """
    timed_out = interrupted = False
    with log.open("wb") as said:
        child = subprocess.Popen(
            start.command(module, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is zbench's to handle, not the child's
        )
        try:
            timed_out = not _wait(child, timeout)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            kill_group(child)
            child.wait()
    return ChildEnd(child.returncode, timed_out, interrupted)


def expect_end(until: float) -> None:
    """In a child: write the stacks of all threads before the time is up, or at a crash.

    Args:
        until: Time on the monotonic clock after which the parent may kill this process.
    """
    left = max(0.1, until - time.monotonic())
    faulthandler.enable(file=2)
    faulthandler.dump_traceback_later(left - min(1.0, left / 4), file=2)


def leave(code: int) -> None:
    """In a child: end now, whatever threads and exit handlers user code has left."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # user code may have closed or replaced it
            stream.flush()
    os._exit(code)


def _wait(child: "subprocess.Popen[bytes]", timeout: float) -> bool:
    """Wait without waking up meanwhile, so as not to disturb; False: timed out."""
    if not hasattr(os, "pidfd_open"):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout)
        return child.poll() is not None
    descriptor = os.pidfd_open(child.pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], timeout)
    finally:
        os.close(descriptor)
    return bool(ended)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that leads a group of its own, with all processes in the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def signal_name(number: int) -> str:
    """Return a signal's name, or its number where it has none."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def cause(code: int) -> str:
    """Word an exit code: "was killed by SIGSEGV", "ended with exit code 7"."""
    if code < 0:
        likely = " (short of memory?)" if code == -signal.SIGKILL else ""
        return f"was killed by {signal_name(-code)}{likely}"
    return f"ended with exit code {code}"


def last_words(errors: bytes) -> str:
    """Return the last line of a process's standard error, as the end of a sentence."""
    lines = errors.decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else "; it said nothing"


def last_place(log: Path, home: Path | None) -> str:
    """The line of a user's file in the stack that a dying child left in its log, or ""."""
    with contextlib.suppress(OSError):
        with log.open("rb") as said:
            said.seek(max(0, log.stat().st_size - MOST_READ))
            text = said.read().decode("utf-8", "replace")
        for frame in FRAME.finditer(text):
            if home is not None and Path(frame["file"]).is_relative_to(home):
                return f"{frame['file']}:{frame['line']}"
    return ""


def full_disk(folder: Path) -> str:
    """The end of a sentence about a full disk; empty if there is room."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < FULL_BYTES:
            return f"; the disk of {folder} is full: free some space, or set TMPDIR"
    return ""
