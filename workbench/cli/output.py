"""All that the commands print, except tables: text is text, whatever characters it holds."""

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from zbench.errors import ZbenchError
from zbench.reports.wording import plain

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
PLAIN_WIDTH = 80
PASSING_WIDTH = PLAIN_WIDTH - 1


def prepare() -> None:
    """Make the standard streams usable, whoever started the process.

    A stream that was closed becomes one to nowhere: else the next file to be opened, such as
    the store, would take its number, and whatever is printed would go into it. A character
    that the terminal's encoding lacks is shown as an escape.
    """
    for name, mode in STREAMS:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def settle(code: int) -> int:
    """Flush what was printed.

    Returns:
        The exit code: the one given, or 2 if the output could not be written.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has had enough
        discard()
    except OSError as error:
        discard()
        return code if code == OutputError.exit_code else complain(_refusal(error), 2)
    return code


def discard() -> None:
    """Let nothing more of standard output be written; the interpreter would try, at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class OutputError(ZbenchError):
    """Standard output can't be written."""


def say(text: str = "") -> None:
    """Print one line."""
    write_raw(plain(text) + "\n")


def note(text: str) -> None:
    """Print one line on stderr."""
    with contextlib.suppress(OSError):  # there is no other place to say so
        sys.stderr.write(plain(text) + "\n")


def complain(message: str, code: int = 0) -> int:
    """Print an error or a warning on stderr as one line, and return the exit code."""
    note("zbench: " + " ".join(message.split()))
    return code


def write_raw(text: str) -> None:
    """Print a document for another program, or lines made ready, unchanged.

    Raises:
        OutputError: Standard output can't be written.
    """
    with writing():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Word why standard output can't be written.

    A reader that has had enough, such as head, ends no command: its exit code stays its own.

    Raises:
        OutputError: Standard output can't be written.
    """
    try:
        yield
    except BrokenPipeError:
        discard()
    except OSError as error:
        raise OutputError(_refusal(error)) from None


def _refusal(error: OSError) -> str:
    return f"can't write the output: {error.strerror}"


def print_json(found: Any) -> None:
    """Print one JSON document for scripts."""
    import json

    from zbench.store.json_codec import finite

    write_raw(json.dumps(finite(found), indent=2, allow_nan=False))


def terminal_width() -> int:
    """Columns of the terminal; 80 where standard output is none."""
    if not sys.stdout.isatty():
        return PLAIN_WIDTH
    return shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns


def passing(text: str = "") -> None:
    """Show on a terminal's last line what is being done now; no text wipes it away."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from rich.cells import set_cell_size

        columns = min(PASSING_WIDTH, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
        cut = set_cell_size(plain(text), max(columns, 0)).rstrip()
        sys.stderr.write(f"\r\x1b[K{cut}")
        sys.stderr.flush()
