"""``zbench gate``: measure, compare with a baseline, tell CI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from zbench.cli.common import (
    JsonOption,
    ParameterOption,
    SettingsOption,
    StoreOption,
    TimeoutOption,
    check_outputs,
    check_settings,
    check_writable,
    choose,
    write_text,
)
from zbench.cli.output import complain, print_json
from zbench.errors import ZbenchError
from zbench.gate.thresholds import P99_ABOVE, THROUGHPUT_BELOW, GateThresholds

FEWEST = 3  # processes: with two, a 95 % interval held the true ratio in 70 to 85 % of trials

if TYPE_CHECKING:
    from zbench.gate.verdict import Row
    from zbench.measure.session import Item, RunSettings
    from zbench.reports.model import Run


def gate(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or files that define some.")],
    baseline: Annotated[
        str, typer.Option(help="Label or number of a run, or a file exported as JSON.")
    ],
    parameters: ParameterOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, few processes.")] = False,
    processes: Annotated[
        int | None, typer.Option(min=FEWEST, max=1000, help="Processes each.")
    ] = None,
    timeout: TimeoutOption = 300.0,
    throughput_below: Annotated[float, typer.Option(help="Ratio that fails.")] = THROUGHPUT_BELOW,
    p99_above: Annotated[float, typer.Option(help="Ratio that fails.")] = P99_ABOVE,
    store: StoreOption = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown.")] = None,
    allow_settings: SettingsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fail where scenarios are slower than a baseline.

    A row that is flagged is measured once more before it counts. Exit codes: 0 pass,
    1 regression, 2 bad input or could not run, 3 inconclusive.

    Example: zbench gate --baseline main ping-pong counting --junit gate.xml
    """
    from zbench.gate import report
    from zbench.gate.verdict import Verdict, exit_code
    from zbench.measure.session import RunSettings

    for path in (junit, markdown):
        if path is not None:
            check_writable(path)
    check_outputs((junit, markdown), (*names, baseline), store)
    # Until there is a verdict: neither a kill nor an older file may look like a pass.
    _write(junit, markdown, [report.not_run("the gate did not come to its end")])
    try:
        check_settings(allow_settings)
        limits = _limits(throughput_below, p99_above)
        before = _baseline(baseline, store)
        items = choose(names, parameters or [], quick, timeout)
        settings = RunSettings.of(quick, processes or (FEWEST if quick else None), timeout)
        rows = _judged(items, before, limits, settings)
    except ZbenchError as error:
        _write(junit, markdown, [report.not_run(str(error))])
        raise
    try:
        _write(junit, markdown, rows)
    finally:  # a file that can't be written any more does not hide the verdict
        if as_json:
            print_json(report.as_dicts(rows))
        else:
            _show(rows)
    failed = dict.fromkeys(row.scenario for row in rows if row.verdict == Verdict.FAILED)
    if failed:
        complain(f"could not measure: {', '.join(failed)}; the reasons are in the table")
    raise typer.Exit(exit_code(rows))


def _write(junit: Path | None, markdown: Path | None, rows: "list[Row]") -> None:
    """Write the files that were asked for, each whatever becomes of the other."""
    from zbench.gate import report

    try:
        if junit is not None:
            write_text(junit, report.junit(rows))
    finally:
        if markdown is not None:
            write_text(markdown, report.markdown(rows))


def _limits(throughput_below: float, p99_above: float) -> GateThresholds:
    """The thresholds, refused where nothing or everything would pass."""
    if not (0 < throughput_below <= 1 <= p99_above):
        msg = (
            f"--throughput-below must be above 0 and at most 1, --p99-above at least 1, got "
            f"{throughput_below:g} and {p99_above:g}; the defaults are "
            f"{THROUGHPUT_BELOW} and {P99_ABOVE}"
        )
        raise ZbenchError(msg)
    return GateThresholds(throughput_below, p99_above)


def _baseline(reference: str, store: str | None) -> "Run":
    """The run to compare with."""
    from zbench.store.database import Store
    from zbench.store.json_codec import read_run

    path = Path(reference)
    if path.suffix == ".json":
        return read_run(path)
    with Store(store, read_only=True) as kept:
        return kept.get(reference)


def _judged(
    items: "list[Item]", before: "Run", limits: GateThresholds, settings: "RunSettings"
) -> "list[Row]":
    """Measure and judge; flagged rows are measured once more."""
    from zbench.gate.verdict import UNSURE, confirmed, host_differences, judge
    from zbench.measure.session import Item as Fresh

    wanted = [item for item in items if item.requested]
    now = _measured(wanted, settings)
    differences = host_differences(now, before)
    if differences:
        complain(
            f"warning: the baseline is from another machine ({'; '.join(differences)}); "
            "make one here with zbench run --save"
        )
    rows = [judge(result, before, limits) for result in now.results]
    flagged = [k for k, row in enumerate(rows) if row.verdict in UNSURE]
    if flagged:
        again = [Fresh(wanted[k].entry, wanted[k].parameters) for k in flagged]
        second = _measured(again, settings).results
        for k, result in zip(flagged, second, strict=True):
            rows[k] = confirmed(rows[k], judge(result, before, limits))
    return rows


def _measured(wanted: "list[Item]", settings: "RunSettings") -> "Run":
    """One measurement of everything given."""
    from zbench.cli.progress import Bar
    from zbench.measure.results import to_run
    from zbench.measure.session import measure

    with Bar() as bar:
        session = measure(wanted, settings, lambda now, _: bar.show(now))
    if not session.complete:
        raise KeyboardInterrupt
    return to_run(session, None)


def _show(rows: "list[Row]") -> None:
    from zbench.cli import console
    from zbench.gate.report import cells
    from zbench.reports.wording import titles

    headers = ("scenario", "verdict", "throughput", "95% interval", "p99")
    names = titles(rows)
    table = [[name, *cells(row)[1:5]] for name, row in zip(names, rows, strict=True)]
    console.show(headers, table, left=2)
    for name, row in zip(names, rows, strict=True):
        if row.reason:
            console.say(f"{name}: {row.reason}")
