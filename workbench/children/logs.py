"""Logs of child processes that failed: everything they said, in a file that can be named."""

import contextlib
import itertools
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

MOST_LOGS = 100  # kept; older ones are removed
_numbers = itertools.count(1)


def keep(log: Path, name: str) -> Path | None:
    """Move a log out of its temporary folder.

    Args:
        log: The file to which a child process wrote.
        name: The first part of the new name, such as the scenario's.

    Returns:
        Its new place, or None: it is empty, or no folder can hold it.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size == 0:
            return None
        word = re.sub(r"[^\w.-]+", "-", name)[:40]
        when = time.strftime("%Y%m%d-%H%M%S")
        kept = _folder() / f"{word}-{when}-{os.getpid()}-{next(_numbers)}.log"
        shutil.move(log, kept)
        _prune(kept.parent)
        return kept
    return None


def kept_as(log: Path, name: str) -> str:
    """Keep a log; the end of a sentence that names its place, empty if there is none."""
    kept = keep(log, name)
    return f"; all it said is in {kept}" if kept else ""


def _folder() -> Path:
    """The folder of logs: in the cache folder, or a fresh one if that can't be written."""
    from zbench.core.compile.machine_code_cache import cache_folder

    with contextlib.suppress(OSError, RuntimeError):  # no home, or not writable
        folder = cache_folder() / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="zbench.logs-"))


def _prune(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[:-MOST_LOGS]:
        path.unlink(missing_ok=True)
