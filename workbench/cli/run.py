"""``zbench run``: measure, show, keep, report."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from zbench.cli.common import (
    JsonOption,
    LabelOption,
    ParameterOption,
    ReportOption,
    SettingsOption,
    StoreOption,
    TimeoutOption,
    check_settings,
    checked_report,
    choose,
    measure_and_keep,
    say_where,
    still_kept,
    write_report,
)
from zbench.cli.output import complain, print_json
from zbench.errors import InterruptedSessionError

if TYPE_CHECKING:
    from zbench.measure.session import Item, RunSession
    from zbench.reports.model import Run


def run(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or files that define some.")],
    parameter: ParameterOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Rough figures in seconds.")] = False,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Worker processes each. [default: 5; quick: 2]"),
    ] = None,
    save: LabelOption = None,
    store: StoreOption = None,
    report: ReportOption = None,
    timeout: TimeoutOption = 120.0,
    allow_settings: SettingsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure scenarios, show the figures, keep them, write a report.

    Exits 1 if an answer was wrong or a worker failed, 2 if a scenario's code raised, 130 on
    Ctrl-C; what was measured is kept in every case. The report goes to report.html in the
    current folder; with --json there is none unless -o names one.

    Example: zbench run ping-pong -p workers=1,2 --save main
    """
    from zbench.measure.results import to_run
    from zbench.measure.session import RunSettings, measure
    from zbench.store.database import Store, check_label

    check_label(save)
    page = checked_report(report, as_json, names, store)
    check_settings(allow_settings)
    settings = RunSettings.of(quick, processes, timeout)
    items = choose(names, parameter or [], quick, timeout)
    with Store(store) as kept:
        finished, problem = measure_and_keep(
            partial(measure, items, settings), to_run, _is_empty, kept, save
        )
    with still_kept(finished):
        where = write_report(finished, page)
        _show(finished, items, as_json, where)
    if problem is not None:
        raise problem
    _end(finished, items)


def _is_empty(session: "RunSession") -> bool:
    items = session.items
    return not any(item.outcomes or item.wrong or item.failures for item in items)


def _show(finished: "Run", items: "list[Item]", as_json: bool, where: str | None) -> None:
    if as_json:
        from zbench.store.json_codec import result_to_dict

        pairs = zip(finished.results, items, strict=True)
        print_json([result_to_dict(result) for result, item in pairs if item.requested])
        return
    from zbench.cli.console import show_results

    show_results(finished)
    say_where(finished, where)


def _end(finished: "Run", items: "list[Item]") -> None:
    """Choose the exit code."""
    if not finished.complete:
        count = sum(len(p.ns_per_message) for r in finished.results for p in r.processes)
        what = (
            f"kept {count} values as run {finished.id}" if finished.id else "nothing measured yet"
        )
        msg = f"interrupted; {what}"
        raise InterruptedSessionError(msg)
    pairs = list(zip(finished.results, items, strict=True))
    bad = [(result, item) for result, item in pairs if item.requested and not result.ok]
    reasons = dict.fromkeys(f"{r.scenario}: {(r.warnings or ['no value'])[0]}" for r, _ in bad)
    for reason in reasons:
        complain(f"failed: {reason}")
    if bad:
        raise typer.Exit(2 if any(item.raised for _, item in bad) else 1)
