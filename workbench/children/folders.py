"""Temporary folders that outlive nobody: a later start removes those of dead processes.

A process holds a lock on a file in its folder. The kernel gives the lock back however the
process ends, so a folder whose lock is free belongs to nobody.
"""

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "zbench-"
DRAFT = ".zbench-new-"  # until its lock is held
LOCK = "lock"
DRAFT_AGE_S = 3600.0  # a draft older than this will never get its lock


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A temporary folder for the time of a ``with``.

    Raises:
        OSError: It can't be made: the disk is full or not writable.
    """
    place = tempfile.gettempdir()
    _sweep_once(place)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=place))
    folder = draft
    try:
        with (draft / LOCK).open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            # Only now may others see it: a folder without a held lock is swept away.
            folder = draft.rename(draft.with_name(PREFIX + draft.name.removeprefix(DRAFT)))
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _sweep_once(place: str) -> None:
    sweep(Path(place))


def sweep(place: Path) -> list[Path]:
    """Remove the folders of this user's dead processes.

    Args:
        place: The folder for temporary files.

    Returns:
        The folders removed.
    """
    removed = []
    with contextlib.suppress(OSError):
        for folder in [*place.glob(f"{PREFIX}*"), *place.glob(f"{DRAFT}*")]:
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


def _is_abandoned(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        status = folder.lstat()
        if folder.is_symlink() or not folder.is_dir() or status.st_uid != os.getuid():
            return False
        if folder.name.startswith(DRAFT):
            return time.time() - status.st_mtime > DRAFT_AGE_S
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False  # in use, or not one of these folders
