"""``zbench run``: measure, show, keep, report."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from zbench.errors import StoreError, ZbenchError

if TYPE_CHECKING:
    from zbench.measure.session import Item, Progress, RunSession, RunSettings
    from zbench.reports.model import Run
    from zbench.store.database import Store

INTERRUPTED = 130
StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Where results are kept. [default: $ZBENCH_STORE]"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one array for scripts.")]


def run(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or files that define some.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="KEY=VALUE", help="Set; KEY=V1,V2 sweeps."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Rough figures in seconds.")] = False,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Worker processes each. [default: 5; quick: 2]"),
    ] = None,
    save: Annotated[str | None, typer.Option(metavar="LABEL", help="Label the run.")] = None,
    store: StoreOption = None,
    report: Annotated[str, typer.Option(metavar="FILE|none", help="HTML report.")] = "report.html",
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds a worker process may take.")
    ] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Measure scenarios, show the figures, keep them, write a report.

    Exits 1 if an answer was wrong or a worker failed, 130 on Ctrl-C; what was measured
    is kept in every case. The report goes to report.html in the current folder.

    Example: zbench run ping-pong -p workers=1,2 --save main
    """
    from zbench.measure.session import RunSettings
    from zbench.store.database import Store, check_label

    check_label(save)
    check_report(report)
    settings = RunSettings.of(quick, processes, timeout)
    items = choose(names, parameter or [], quick)
    kept = Store(store)
    try:
        finished, problem = _measure_and_keep(items, settings, kept, save)
    finally:
        kept.close()
    where = write_report(finished, report)
    _show(finished, items, as_json, where)
    if problem is not None:
        raise problem
    _end(finished, items)


def choose(names: list[str], options: list[str], quick: bool) -> "list[Item]":
    """Turn the command line's words into what is to be measured.

    Raises:
        ZbenchError: A name, a file or a parameter isn't known or usable.
    """
    from zbench.catalogue.registry import catalogue, find, is_file
    from zbench.catalogue.sweeps import check_names, parse_assignments, sweep
    from zbench.measure.session import plan_items

    given = parse_assignments(options)
    files = tuple(Path(name) for name in names if is_file(name))
    known = catalogue(files)
    sources = {f"file:{path.resolve()}" for path in files}
    entries = [entry for entry in known.values() if entry.source in sources]
    entries += [find(name, known) for name in names if not is_file(name)]
    unique = list({entry.scenario.name: entry for entry in entries}.values())
    check_names([entry.scenario for entry in unique], given)
    pairs = [(entry, sweep(entry.scenario, given, quick)) for entry in unique]
    return plan_items(pairs, known, quick)


def _measure_and_keep(
    items: "list[Item]", settings: "RunSettings", kept: "Store", label: str | None
) -> "tuple[Run, StoreError | None]":
    """Measure; after every round what there is goes to the store."""
    from zbench.cli.progress import Bar
    from zbench.measure.results import to_run
    from zbench.measure.session import measure

    number = 0
    problem: StoreError | None = None

    def after(now: "Progress", session: "RunSession") -> None:
        nonlocal number, problem
        bar.update(now)
        if now.round_ended and now.done < now.total and problem is None:
            try:
                number = kept.save(to_run(session, label, number))
            except StoreError as error:  # measuring goes on; the end tries again
                problem = error

    with Bar() as bar:
        session = measure(items, settings, after)
    problem = None
    finished = to_run(session, label, number)
    if any(item.outcomes for item in items) or any(item.wrong or item.failures for item in items):
        try:
            number = kept.save(finished)
        except StoreError as error:
            problem = error
    return to_run(session, label, number), problem


def check_report(report: str) -> None:
    """Refuse a report that can't be written before anything is measured.

    Raises:
        ZbenchError: Its folder doesn't exist.
    """
    if report != "none" and not Path(report).resolve().parent.is_dir():
        msg = f"the folder of --report {report} does not exist; create it or give --report none"
        raise ZbenchError(msg)


def write_report(finished: "Run", report: str) -> str | None:
    """Write the page; a report that can't be written costs a line, not the run."""
    if report == "none" or not any(result.processes for result in finished.results):
        return None
    from zbench.reports import page

    try:
        page.write([finished], report)
    except OSError as error:
        sys.stderr.write(f"zbench: can't write the report {report}: {error.strerror}\n")
        return None
    return report


def _show(finished: "Run", items: "list[Item]", as_json: bool, where: str | None) -> None:
    if as_json:
        from zbench.store.json_codec import result_to_dict

        pairs = zip(finished.results, items, strict=True)
        array = [result_to_dict(result) for result, item in pairs if item.requested]
        sys.stdout.write(json.dumps(array, indent=2) + "\n")
        return
    from zbench.cli import console as tables

    tables.show_results(finished)
    kept = f" (label {finished.label})" if finished.label else ""
    if finished.id:
        tables.say(f"\nkept as run {finished.id}{kept}; see `zbench show {finished.id}`")
    if where is not None:
        tables.say(f"report: {where}")


def _end(finished: "Run", items: "list[Item]") -> None:
    """Choose the exit code."""
    if not finished.complete:
        count = sum(len(p.ns_per_message) for r in finished.results for p in r.processes)
        what = (
            f"kept {count} values as run {finished.id}" if finished.id else "nothing measured yet"
        )
        sys.stderr.write(f"zbench: interrupted; {what}\n")
        raise typer.Exit(INTERRUPTED)
    pairs = list(zip(finished.results, items, strict=True))
    bad = [result.scenario for result, item in pairs if item.requested and not result.ok]
    if bad:
        listed = ", ".join(dict.fromkeys(bad))
        sys.stderr.write(f"zbench: failed: {listed}; the warnings say why\n")
        raise typer.Exit(1)
