"""``zbench gate``: measure, compare with a baseline, tell CI."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from zbench.errors import ZbenchError

if TYPE_CHECKING:
    from zbench.gate import Row, Thresholds
    from zbench.measure import Item, Settings
    from zbench.reports.model import Run


def gate(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or files that define some.")],
    baseline: Annotated[
        str, typer.Option(help="Label or number of a run, or a file exported as JSON.")
    ],
    parameters: Annotated[
        list[str] | None, typer.Option("-p", help="A parameter, key=value or key=v1,v2.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, few processes.")] = False,
    processes: Annotated[int | None, typer.Option(min=2, max=1000, help="Processes each.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds a process may take.")] = 300.0,
    throughput_below: Annotated[float, typer.Option(help="Ratio that fails.")] = 0.95,
    p99_above: Annotated[float, typer.Option(help="Ratio that fails.")] = 1.1,
    store: Annotated[str | None, typer.Option(help="Address or path of the store.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one array for scripts.")] = False,
) -> None:
    r"""Fail where scenarios are slower than a baseline.

    A row that is flagged is measured once more before it counts. Exit codes: 0 pass,
    1 regression, 2 bad input or could not run, 3 inconclusive.

    \b
    Example: zbench gate --baseline main ping-pong counting --junit gate.xml
    """
    from zbench import gate_report
    from zbench.gate import Thresholds, exit_code
    from zbench.measure import Settings
    from zbench.run_command import choose

    if not (0 < throughput_below <= 1 <= p99_above):
        msg = (
            f"--throughput-below must be above 0 and at most 1, --p99-above at least 1, got "
            f"{throughput_below:g} and {p99_above:g}; the plan's are 0.95 and 1.1"
        )
        raise ZbenchError(msg)
    before = _baseline(baseline, store)
    items = choose(names, parameters or [], quick)
    limits = Thresholds(throughput_below, p99_above)
    rows = _judged(items, before, limits, Settings.of(quick, processes, timeout))
    for path, text in ((junit, gate_report.junit), (markdown, gate_report.markdown)):
        if path is not None:
            _write(path, text(rows))
    if as_json:
        sys.stdout.write(json.dumps(gate_report.as_dicts(rows), indent=2) + "\n")
    else:
        _show(rows)
    raise typer.Exit(exit_code(rows))


def _baseline(reference: str, store: str | None) -> "Run":
    """The run to compare with."""
    from zbench.records import read_run
    from zbench.store import Store

    path = Path(reference)
    return read_run(path) if path.suffix == ".json" else Store(store).get(reference)


def _judged(
    items: "list[Item]", before: "Run", limits: "Thresholds", settings: "Settings"
) -> "list[Row]":
    """Measure and judge; what is flagged is measured once more."""
    from zbench.gate import Verdict, confirmed

    first = _measured(items, before, limits, settings)
    flagged = [
        k
        for k, row in enumerate(first)
        if row.verdict in (Verdict.REGRESSION, Verdict.INCONCLUSIVE)
    ]
    if not flagged:
        return first
    wanted = [item for item in items if item.requested]
    from zbench.measure import Item as Fresh

    again = [Fresh(wanted[k].entry, wanted[k].parameters) for k in flagged]
    for k, second in zip(flagged, _measured(again, before, limits, settings), strict=True):
        first[k] = confirmed(first[k], second)
    return first


def _measured(
    items: "list[Item]", before: "Run", limits: "Thresholds", settings: "Settings"
) -> "list[Row]":
    """One measurement of everything asked for, judged."""
    from zbench.gate import host_differences, judge
    from zbench.measure import measure
    from zbench.progress import Bar
    from zbench.results import to_run

    wanted = [item for item in items if item.requested]
    with Bar() as bar:
        session = measure(wanted, settings, lambda now, _: bar.update(now))
    if not session.complete:
        raise KeyboardInterrupt
    run = to_run(session, None)
    differences = host_differences(run, before)
    if differences:
        sys.stderr.write(
            f"zbench: warning: the baseline is from another machine ({'; '.join(differences)}); "
            "make one here with zbench run --save\n"
        )
    return [judge(result, before, limits) for result in run.results]


def _show(rows: "list[Row]") -> None:
    from zbench import tables
    from zbench.gate_report import cells

    headers = ("scenario", "verdict", "throughput", "95% interval", "p99")
    tables.show(headers, [[row.scenario, *cells(row)[1:5]] for row in rows], left=2)
    for row in rows:
        if row.reason:
            tables.say(f"{cells(row)[0]}: {row.reason}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"can't write {path}: {error.strerror}; give another file"
        raise ZbenchError(msg) from error
