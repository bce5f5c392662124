"""The source of a peer: the files of its folder, links followed, and a copy of them.

A folder may hold more than source. Links that lead nowhere or round in a circle, pipes and
devices are left out: reading them fails or never ends.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

IGNORED = ("target", "__pycache__", ".*")


def files(folder: Path) -> list[Path]:
    """Every file, sorted."""
    return sorted(file for _, found in _folders(folder, ()) for file in found)


def copy(folder: Path, place: Path) -> None:
    """Copy all files to a place that isn't there yet.

    Raises:
        OSError: A file can't be read or written.
    """
    for parent, found in _folders(folder, ()):
        to = place / parent.relative_to(folder)
        to.mkdir(parents=True)
        for file in found:
            shutil.copy2(file, to / file.name)


def _folders(folder: Path, above: tuple[str, ...]) -> Iterator[tuple[Path, list[Path]]]:
    """The folder and those in it, each with its files."""
    real = os.path.realpath(folder)
    if real in above:  # a link to a folder that holds it
        return
    names = os.listdir(folder)
    left_out = shutil.ignore_patterns(*IGNORED)(str(folder), names)
    inside = [folder / name for name in names if name not in left_out]
    yield folder, [path for path in inside if path.is_file()]
    for path in inside:
        if path.is_dir():
            yield from _folders(path, (*above, real))
