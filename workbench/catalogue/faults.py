"""Exceptions of user code as one line: class, message, file and line of the user's code."""

import contextlib
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zbench.errors import ScenarioError, WrongAnswerError

MOST_CHARACTERS = 300  # of a message; the log has the rest
PACKAGE = Path(__file__).parents[1]
LIBRARIES = "site-packages", "dist-packages"
# numba names the place of a fault by an absolute path only in these lines.
COMPILED_AT = re.compile(r"^\s*During: .* at (?P<file>/.*) \((?P<line>\d+)\)\s*$")
# Lines of numba's text that say where it was, not what was wrong.
PREAMBLE = re.compile(
    r"^(File |During|Failed in|With argument|Rejected|raised from|There (is|are)|Overload"
    r"|TypingError|No implementation|- |>>>|def |@|<source)"
)


@contextlib.contextmanager
def user_code(home: Path | None, called: Callable[..., Any] | None = None) -> Iterator[None]:
    """Run user code: whatever it raises becomes a ``ScenarioError`` of one line.

    Args:
        home: The folder of the user's code.
        called: The function of the user's that is called, named where no line is known.

    Raises:
        ScenarioError: The line; its cause is the exception itself.
        WrongAnswerError: As the user's code raised it.
    """
    try:
        yield
    except (ScenarioError, WrongAnswerError):
        raise
    # Anything at all: sys.exit(0) must not end this process, a Ctrl-C of the user's own neither.
    except BaseException as error:
        raise ScenarioError(describe(error, home, called)) from error


def describe(
    error: BaseException, home: Path | None, called: Callable[..., Any] | None = None
) -> str:
    """Word an exception of user code: ``ValueError: too small at /home/me/mine.py:12``."""
    message, place = _compiled(str(_text(error)), home)
    if isinstance(error, SyntaxError) and error.filename:
        message, place = error.msg, f"{error.filename}:{error.lineno or 1}"
    message = message or _text(error)
    place = place or _raised_at(error, home) or _defined_at(called, home)
    short = one_line(message)
    said = f": {short}" if short else ""
    return f"{type(error).__name__}{said}" + (f" at {place}" if place else "")


def one_line(text: str) -> str:
    """A text of user code as a line that any terminal and file can hold."""
    line = " ".join(text.split()).encode(errors="backslashreplace").decode()
    return line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS] + " ..."


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # its __str__ is user code, too
        return "(its message can't be shown)"


def _raised_at(error: BaseException, home: Path | None) -> str:
    """The innermost line of the user's code; empty if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if _is_users(frame.filename, home):
            return f"{frame.filename}:{frame.lineno}"
    return ""


def _is_users(filename: str, home: Path | None) -> bool:
    """Whether a file is the user's: in the folder of the scenario, or in no library."""
    path = Path(filename)
    if not path.is_absolute():  # such as <frozen importlib._bootstrap>
        return False
    if home is not None and path.is_relative_to(home):
        return not set(path.relative_to(home).parts) & set(LIBRARIES)
    standard = sysconfig.get_paths()["stdlib"]
    foreign = path.is_relative_to(standard) or path.is_relative_to(PACKAGE)
    return not foreign and not set(path.parts) & set(LIBRARIES)


def _defined_at(called: Callable[..., Any] | None, home: Path | None) -> str:
    """The line at which a function of the user's starts; empty if it is unknown."""
    called = getattr(called, "__init__", None) if isinstance(called, type) else called
    code = getattr(getattr(called, "__func__", called), "__code__", None)
    if code is None or not _is_users(code.co_filename, home):
        return ""
    return f"{code.co_filename}:{code.co_firstlineno}"


def _compiled(text: str, home: Path | None) -> tuple[str, str]:
    """What numba said of the user's code, and where; empty if the text isn't numba's."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = COMPILED_AT.match(line)
        if found and _is_users(found["file"], home):
            return _reason(lines[:number]), f"{found['file']}:{found['line']}"
    return "", ""


def _reason(lines: list[str]) -> str:
    """The sentence above numba's excerpt of the source."""
    excerpts = [k for k, line in enumerate(lines) if line.strip().startswith('File "')]
    above = lines[: excerpts[-1]] if excerpts else lines
    telling = [s for line in above if (s := line.strip()) and not PREAMBLE.match(s)]
    return telling[-1] if telling else ""
