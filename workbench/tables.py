"""Tables for a terminal of 80 columns, and plain ones for a pipe."""

import sys
from collections.abc import Sequence

from zbench.measure import parameters_text
from zbench.reports.model import Result, Run
from zbench.reports.units import nanoseconds, rate

Row = Sequence[str]
LATENCIES = ("p50", "p99", "p99.9", "max")


def show_run(run: Run, defaults: dict[str, dict[str, object]] | None = None) -> None:
    """Print a run's tables and warnings."""
    rows = [_main_row(r, defaults or {}) for r in run.results]
    head = ("scenario", "ns/message", "95 % interval", "spread", "messages/s", "x floor")
    table("", head, rows)
    timed = [r for r in run.results if r.latency_ns]
    if timed:
        head = ("latency", *LATENCIES)
        table("", head, [(_name(r, defaults or {}), *_latencies(r)) for r in timed])
    for result in run.results:
        if result.extra:
            counted = ", ".join(f"{k} {v:.4g}" for k, v in result.extra.items() if v)
            if counted:
                say(f"{_name(result, defaults or {})}: {counted}")
    for result in run.results:
        for warning in result.warnings:
            say(f"warning: {_name(result, defaults or {})}: {warning}")


def _latencies(result: Result) -> list[str]:
    found = result.latency_ns or {}
    return [nanoseconds(found[p]) if p in found else "" for p in LATENCIES]


def _main_row(result: Result, defaults: dict[str, dict[str, object]]) -> Row:
    if result.ns_per_message is None or not result.ok:
        return (_name(result, defaults), "FAILED", "", "", "", "")
    interval = ""
    if result.ci95 is not None:
        interval = f"{result.ci95[0]:.2f} - {result.ci95[1]:.2f}"
    distance = "" if result.floor_ratio is None else f"{result.floor_ratio:.2f}"
    return (
        _name(result, defaults),
        f"{result.ns_per_message:.2f}",
        interval,
        "" if result.spread is None else f"{result.spread:.1%}",
        rate(result.messages_per_s or 0.0),
        distance,
    )


def _name(result: Result, defaults: dict[str, dict[str, object]]) -> str:
    """Scenario and the parameters that differ from its defaults."""
    usual = defaults.get(result.scenario, {})
    told = {k: v for k, v in result.parameters.items() if not usual or usual.get(k) != v}
    return f"{result.scenario} {parameters_text(told)}".strip() if usual else result.scenario


def table(title: str, head: Row, rows: Sequence[Row]) -> None:
    """Print a table: ruled on a terminal, plain columns in a pipe."""
    if sys.stdout.isatty():
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table

        shown = Table(box=SIMPLE_HEAD, title=title or None, padding=(0, 1))
        for k, name in enumerate(head):
            shown.add_column(name, justify="left" if k == 0 else "right", overflow="fold")
        for row in rows:
            shown.add_row(*row)
        Console().print(shown)
        return
    widths = [max(len(str(r[k])) for r in (head, *rows)) for k in range(len(head))]
    for row in (head, *rows):
        cells = [str(c).ljust(w) if k == 0 else str(c).rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        say("  ".join(cells).rstrip())


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")
