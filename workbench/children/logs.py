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
MOST_BYTES = 1 << 20  # of a log that is kept
_numbers = itertools.count(1)


def keep(log: Path, name: str) -> Path | None:
    """Keep a log when its temporary folder goes.

    Args:
        log: The file to which a child process wrote.
        name: The first part of the new name, such as the scenario's.

    Returns:
        Its new place, or None: it is empty, or no folder can hold it.
    """
    try:
        if log.stat().st_size == 0:
            return None
    except OSError:
        return None
    word = re.sub(r"[^\w.-]+", "-", name)[:40]
    when = time.strftime("%Y%m%d-%H%M%S")
    file = f"{word}-{when}-{os.getpid()}-{next(_numbers)}.log"
    for folder in (_usual_folder, _fresh_folder):
        with contextlib.suppress(OSError, RuntimeError):  # no home, not writable, full
            return _copied(log, folder() / file)
    return None


def _copied(log: Path, kept: Path) -> Path:
    """Copy a log, of a very long one its beginning and its end, and remove what is too old.

    Raises:
        OSError: There is no room; nothing is left of the copy.
    """
    size = log.stat().st_size
    try:
        with log.open("rb") as source, kept.open("wb") as copy:
            if size <= MOST_BYTES:
                shutil.copyfileobj(source, copy)
            else:
                copy.write(source.read(MOST_BYTES // 2))
                copy.write(f"\n... {size - MOST_BYTES} bytes are left out ...\n".encode())
                source.seek(-(MOST_BYTES // 2), os.SEEK_END)
                copy.write(source.read(MOST_BYTES // 2))
    except OSError:
        kept.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # another process prunes too
        _prune(kept.parent)
    return kept


def kept_as(log: Path, name: str) -> str:
    """Keep a log; the end of a sentence that names its place, empty if there is none."""
    kept = keep(log, name)
    return f"; all it said is in {kept}" if kept else ""


def _usual_folder() -> Path:
    """The folder of logs in the cache folder."""
    from zbench.core.compile.machine_code_cache import cache_folder

    folder = cache_folder() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fresh_folder() -> Path:
    """A folder for one log, where the usual one can't be written."""
    return Path(tempfile.mkdtemp(prefix="zbench.logs-"))


def _prune(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[:-MOST_LOGS]:
        path.unlink(missing_ok=True)
