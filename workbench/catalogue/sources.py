"""Sources of scenarios: "module:zbench.scenarios.floors" or "file:/home/me/mine.py"."""

import contextlib
import importlib.util
import os
from pathlib import Path

from zbench.errors import ScenarioError


def source_of(path: Path) -> str:
    """The source of a user's file, all links followed."""
    return f"file:{os.path.realpath(path)}"  # Path.resolve raises at a link to itself


def folder_of(source: str) -> Path | None:
    """The folder of a source's code; None if it isn't known."""
    kind, _, where = source.partition(":")
    if kind == "file":
        return Path(where).parent
    with contextlib.suppress(ImportError, ValueError):  # a parent that can't be imported
        spec = importlib.util.find_spec(where)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent
    return None


def check_file(path: Path) -> None:
    """Refuse a path of no readable Python file.

    Raises:
        ScenarioError: Says what is at the path instead.
    """
    remedy = "give the path of a Python file that defines SCENARIOS"
    try:
        if path.is_file():
            path.open("rb").close()
            return
        wrong = f"there is no file {path}"
        if path.exists():
            wrong = f"{path} is a folder" if path.is_dir() else f"{path} is no regular file"
    except OSError as error:
        wrong = f"can't read {path}: {error.strerror}"
    msg = f"{wrong}; {remedy}"
    raise ScenarioError(msg)
