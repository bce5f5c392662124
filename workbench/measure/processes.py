"""End processes that measure, and word how they ended."""

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass


@dataclass(kw_only=True)
class ProcessEnd:
    """The end of a process."""

    wrong: str | None = None  # the answer that failed its check
    failure: str | None = None  # how it died, as a sentence
    timed_out: bool = False
    interrupted: bool = False


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that leads a group of its own, with all processes in the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def signal_name(number: int) -> str:
    """Return a signal's name, or its number where it has none."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def last_words(errors: bytes) -> str:
    """Return the last line of a process's standard error, as the end of a sentence."""
    lines = errors.decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else "; it said nothing"
