"""The files of machine code as a whole: their number and size, and removing those nobody uses."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from zbench.core.compile.machine_code_cache import DAY_S, SUFFIX, cache_folder, code_folder

LONGEST_UNUSED_S = 30 * DAY_S
MOST_BYTES = 1 << 30
PROGRAM = "worker_loop-"  # how the file of a program's loop begins
STAMP = "pruned"  # its time is that of the last pruning
# Folders of an earlier layout, one for every program.
FORMER = re.compile(r"[0-9a-f]{32}([0-9a-f]{32})?")


@dataclass(frozen=True)
class Entry:
    """A file of the cache, or a folder of the earlier layout."""

    path: Path
    bytes: int
    used: float  # time of its last use


@dataclass(frozen=True)
class Removed:
    """Entries that were removed, and one error of those that could not be."""

    entries: int
    bytes: int
    error: OSError | None


def entries() -> list[Entry]:
    """Everything in the cache, in no order; nothing if it cannot be read."""
    return [*_files(code_folder()), *_former()]


def programs(found: list[Entry]) -> int:
    """Number of programs: loops of systems with different behaviours or options."""
    return sum(e.path.name.startswith(PROGRAM) and e.path.suffix == SUFFIX for e in found)


def clear() -> Removed:
    """Remove everything; running processes keep what they have loaded."""
    return _remove(entries())


def prune(longest_unused_s: float = LONGEST_UNUSED_S, most_bytes: int = MOST_BYTES) -> Removed:
    """Remove what was not used for long, then the longest unused until the rest is small."""
    unwanted, kept = [], 0
    oldest_wanted = time.time() - longest_unused_s
    for entry in sorted(entries(), key=lambda entry: entry.used, reverse=True):
        kept += entry.bytes
        if entry.used < oldest_wanted or kept > most_bytes:
            unwanted.append(entry)
    return _remove(unwanted)


def prune_daily() -> None:
    """Prune, unless that was done within the last day."""
    stamp = code_folder() / STAMP
    with suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < DAY_S:
            return
        stamp.touch()
        prune()


def _remove(unwanted: list[Entry]) -> Removed:
    removed: list[Entry] = []
    error = None
    for entry in unwanted:
        try:
            if entry.path.is_dir():
                rmtree(entry.path)
            else:
                entry.path.unlink()
        except FileNotFoundError:  # another process was faster
            continue
        except OSError as failed:
            error = failed
            continue
        removed.append(entry)
    return Removed(len(removed), sum(entry.bytes for entry in removed), error)


def _files(folder: Path) -> Iterator[Entry]:
    """Files in a folder, besides the stamp."""
    with suppress(OSError), os.scandir(folder) as found:
        for file in found:
            with suppress(OSError):  # removed meanwhile
                if file.name != STAMP:
                    stat = file.stat()
                    yield Entry(Path(file.path), stat.st_size, stat.st_mtime)


def _former() -> Iterator[Entry]:
    """Folders of the earlier layout, each with the size and the newest time of its files."""
    with suppress(OSError):
        for folder in cache_folder().iterdir():
            if FORMER.fullmatch(folder.name) and folder.is_dir():
                stats = [path.stat() for path in folder.rglob("*")]
                newest = max((stat.st_mtime for stat in stats), default=0.0)
                yield Entry(folder, sum(stat.st_size for stat in stats), newest)
