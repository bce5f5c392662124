"""Read the scenarios of user code without running it in this process.

A user's file may end the process, hang, print, start threads or change modules when it is
imported. A child process (``zbench.catalogue.describe``) imports it and writes down what this
one needs: names, parameters, floors.
"""

import contextlib
import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

from zbench.catalogue.sources import check_file, folder_of
from zbench.children import ends, logs
from zbench.children.folders import work_folder
from zbench.errors import ScenarioError, ZbenchError

LOAD_TIMEOUT_S = 60.0
MOST_ECHOED = 1 << 16  # bytes of what user code printed


def read(source: str, timeout: float) -> list[dict[str, Any]]:
    """Return descriptions of a source's scenarios: their fields, but for ``prepare``.

    What the code prints when it is imported goes to standard error.

    Args:
        source: "file:/home/me/mine.py" or "module:mine.scenarios".
        timeout: Seconds that the import may take.

    Raises:
        ScenarioError: The code can't be imported or defines no usable scenarios; one line.
    """
    kind, _, where = source.partition(":")
    version = None
    if kind == "file":
        check_file(Path(where))
        status = Path(where).stat()
        version = (status.st_mtime_ns, status.st_size)
    return _read(source, timeout, version)


@functools.cache
def _read(source: str, timeout: float, _version: object) -> list[dict[str, Any]]:
    """Start the child and read its answer; once for each state of a file."""
    try:
        with work_folder() as work:
            answer, log = work / "answer.json", work / "log"
            until = time.monotonic() + timeout
            job = json.dumps({"source": source, "answer": str(answer), "until": until})
            end = ends.run_module("zbench.catalogue.describe", [job], log, timeout)
            if end.interrupted:
                raise KeyboardInterrupt
            found = json.loads(answer.read_text()) if answer.exists() else {}
            if "scenarios" in found:
                _echo(log)
                return list(found["scenarios"])
            wrong = found.get("error") or _unanswered(source, end, timeout, log)
            wrong += logs.kept_as(log, Path(source).stem)
    except OSError as error:
        msg = f"can't start a process that loads {source}: {error}; is a disk full?"
        raise ZbenchError(msg) from error
    raise ScenarioError(wrong)


def _unanswered(source: str, end: ends.ChildEnd, timeout: float, log: Path) -> str:
    """Word why a child gave no answer."""
    where = source.partition(":")[2]
    place = ends.last_place(log, folder_of(source))
    at = f", at {place}" if place else ""
    if end.timed_out:
        return (
            f"importing {where} took longer than {timeout:g} s{at}; "
            "do the work in prepare, or give --timeout more seconds"
        )
    return (
        f"importing {where} ended the process: it {ends.cause(end.code)}{at}; "
        "a file of scenarios must not end the process"
    )


def _echo(log: Path) -> None:
    """Show on standard error what the code printed."""
    said = log.read_bytes()[:MOST_ECHOED].decode(errors="replace")
    with contextlib.suppress(OSError):  # there is no other place to say it
        sys.stderr.write(said)
