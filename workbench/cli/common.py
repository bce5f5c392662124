"""Shared parts of the commands: options, choosing scenarios, measuring, writing files."""

import contextlib
import math
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from zbench.cli.output import complain, say
from zbench.errors import InterruptedSessionError, StoreError, ZbenchError

if TYPE_CHECKING:
    from zbench.measure.rounds import Progress
    from zbench.measure.session import Item
    from zbench.reports.model import Run
    from zbench.store.database import Store

S = TypeVar("S")  # a session
NO_REPORT = "none"
LONGEST_TIMEOUT = 7 * 24 * 3600.0
StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Where results are kept. [default: $ZBENCH_STORE]"),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("-p", "--parameter", metavar="KEY=VALUE", help="Set; KEY=V1,V2 sweeps."),
]
LabelOption = Annotated[str | None, typer.Option("--save", metavar="LABEL", help="Label the run.")]
ReportOption = Annotated[
    str | None,
    typer.Option("-o", "--report", metavar="FILE|none", help="HTML page. [default: report.html]"),
]


def _finite(seconds: float) -> float:
    if math.isnan(seconds):  # no bound refuses it
        msg = "nan is not a number of seconds"
        raise typer.BadParameter(msg)
    return seconds


TimeoutOption = Annotated[
    float,
    typer.Option(
        min=0.1, max=LONGEST_TIMEOUT, callback=_finite, help="Seconds a process may take."
    ),
]
SettingsOption = Annotated[
    bool,
    typer.Option("--allow-numba-settings", help="Measure under NUMBA_* that change the code."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one array for scripts.")]


def split(names: list[str]) -> list[str]:
    """Take ``a,b`` as two names; the name of a file is left whole."""
    from zbench.catalogue.registry import is_file

    found = [[name] if is_file(name) else name.split(",") for name in names]
    return [word.strip() for words in found for word in words if word.strip()] or names


def choose(
    names: list[str], options: list[str], quick: bool, timeout: float = 60.0
) -> "list[Item]":
    """Turn the command line's words into items to measure.

    Args:
        names: Scenarios, and files that define some.
        options: Parameters, as key=value.
        quick: Whether parameters have their quick values by default.
        timeout: Seconds that importing a file may take.

    Raises:
        ZbenchError: A name, a file or a parameter isn't known or usable.
    """
    from zbench.catalogue.registry import catalogue, find, is_file, of_files
    from zbench.catalogue.sweeps import check_names, parse_assignments, sweep
    from zbench.measure.session import plan_items

    names = split(names)
    given = parse_assignments(options)
    files = tuple(Path(name) for name in names if is_file(name))
    known = catalogue(files, timeout)
    entries = of_files(known, files, names)
    entries += [find(name, known) for name in names if not is_file(name)]
    unique = list({entry.scenario.name: entry for entry in entries}.values())
    check_names([entry.scenario for entry in unique], given)
    pairs = [(entry, sweep(entry.scenario, given, quick)) for entry in unique]
    return plan_items(pairs, known, quick)


def measure_and_keep(
    measure: "Callable[[Callable[[Progress, S], None]], S]",
    to_run: "Callable[[S, str | None, int], Run]",
    is_empty: Callable[[S], bool],
    store: "Store",
    label: str | None,
) -> "tuple[Run, StoreError | None]":
    """Measure behind a progress bar; after every round the results so far go to the store.

    Args:
        measure: Measures, calling its argument between processes.
        to_run: Computes the figures of a session, under a label and the run's number or 0.
        is_empty: Whether a session has nothing to keep.
        store: The store that keeps the run.
        label: The run's label.

    Returns:
        The run, and the error of a store that refused it in the end.
    """
    from zbench.cli.progress import Bar

    number = 0
    problem: StoreError | None = None

    def after(now: "Progress", session: S) -> None:
        nonlocal number, problem
        bar.show(now)
        if now.round_ended and now.done < now.total and problem is None:
            try:
                number = store.save(to_run(session, label, number))
            except StoreError as error:  # measuring goes on; the end tries again
                problem = error

    with Bar() as bar:
        session = measure(after)
    problem = None
    finished = to_run(session, label, number)
    if not is_empty(session):
        try:
            number = store.save(finished)
        except StoreError as error:
            problem = error
        except KeyboardInterrupt:
            from zbench.store.database import write_aside

            path = write_aside(finished)
            msg = f"interrupted while saving; the run is in {path} (`zbench show {path}`)"
            raise InterruptedSessionError(msg) from None
    return to_run(session, label, number), problem


def interrupted(finished: "Run") -> InterruptedSessionError:
    """Word a Ctrl-C."""
    what = f"what was measured is run {finished.id}" if finished.id else "nothing measured yet"
    return InterruptedSessionError(f"interrupted; {what}")


@contextlib.contextmanager
def still_kept(finished: "Run") -> Iterator[None]:
    """While a kept run is shown: a Ctrl-C says where it is, not that nothing was measured.

    Raises:
        InterruptedSessionError: There was a Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise interrupted(finished) from None


def check_settings(allowed: bool) -> None:
    """Refuse to measure code that numba compiles in another way than usual.

    Raises:
        ZbenchError: The environment has such settings, and the user hasn't allowed them.
    """
    from zbench.core.compile.settings import in_words

    found = in_words()
    if found and not allowed:
        msg = (
            f"{found} in the environment changes the machine code that is measured; unset it, "
            "or give --allow-numba-settings to measure under it"
        )
        raise ZbenchError(msg)


def checked_report(
    report: str | None, as_json: bool, names: Iterable[str], store: str | None
) -> str:
    """Choose the report's file and, before anything is measured, see that it can be written.

    Args:
        report: What the user gave: a file, "none", or None for nothing.
        as_json: Whether a script asked for JSON: then there is a report only if named.
        names: The command's words, some of which may name files.
        store: The address of the store.

    Returns:
        The file, or "none".

    Raises:
        ZbenchError: It can't be written.
    """
    if report is None:
        report = NO_REPORT if as_json else "report.html"
    if report != NO_REPORT:
        check_writable(Path(report), "give another file with -o, or -o none")
        check_outputs([Path(report)], names, store)
    return report


def write_report(finished: "Run", report: str) -> str | None:
    """Write the page; a report that can't be written costs a line, not the run."""
    if report == NO_REPORT or not any(result.processes for result in finished.results):
        return None
    from zbench.reports import page

    try:
        page.write([finished], report)
    except OSError as error:
        complain(f"can't write the report {report}: {error.strerror}")
        return None
    return report


def say_where(finished: "Run", report: str | None) -> None:
    """Print the places of a run and its report."""
    kept = f" (label {finished.label})" if finished.label else ""
    if finished.id:
        say()
        say(f"kept as run {finished.id}{kept}; see `zbench show {finished.id}`")
    if report is not None:
        say(f"report: {report}")


def write_text(path: Path, text: str, remedy: str = "give another file") -> None:
    """Write a file that the user named.

    Raises:
        ZbenchError: It can't be written.
    """
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise unwritable(path, error, remedy) from error


def check_writable(path: Path, remedy: str = "give another file") -> None:
    """Refuse a file that can't be written, before time is spent on its content.

    Raises:
        ZbenchError: It is a folder, lies in none, or may not be written.
    """
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir():
        why = "it is a folder"
    elif not folder.is_dir():
        why = "its folder does not exist"
    elif not os.access(path if path.exists() else folder, os.W_OK):
        why = "permission denied"
    else:
        return
    msg = f"can't write {path}: {why}; {remedy}"
    raise ZbenchError(msg)


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[str], store: str | None) -> None:
    """Refuse to write over a file that the command reads, or two files in one place.

    Args:
        outputs: The files that the command will write.
        inputs: Its words that may name files: of scenarios, or of runs.
        store: The address of the store.

    Raises:
        ZbenchError: Two of them are one file.
    """
    from zbench.catalogue.registry import is_file
    from zbench.store.address import parse_address, sqlite_file

    taken = {Path(word): "is read by" for word in inputs if is_file(word) or word.endswith(".json")}
    with contextlib.suppress(StoreError):  # it is worded where the store is opened
        kept = sqlite_file(parse_address(store)[0])
        taken |= {} if kept is None else {kept: "is the store of"}
    for path in (path for path in outputs if path is not None):
        for other, use in taken.items():
            if _is_same(path, other):
                msg = f"can't write {path}: it {use} this command; give another file"
                raise ZbenchError(msg)
        taken[path] = "is written by"


def _is_same(path: Path, other: Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return path.is_file() or not path.exists()  # not a terminal or /dev/null
    return path.is_file() and other.is_file() and path.samefile(other)


def unwritable(path: Path, error: OSError, remedy: str = "give another file") -> ZbenchError:
    """Word why a file can't be written."""
    return ZbenchError(f"can't write {path}: {error.strerror}; {remedy}")
