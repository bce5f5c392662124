"""Results as tables for a terminal, plain when piped, never wider than 80 columns there."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from zbench.reports.model import Result, Run
from zbench.reports.units import nanoseconds
from zbench.reports.wording import titles

PLAIN_WIDTH = 80


def _console() -> Console:
    """Return a console: as wide as the terminal, or 80 columns without colour."""
    out = sys.stdout
    if out.isatty():
        return Console(file=out, highlight=False)
    return Console(file=out, highlight=False, width=PLAIN_WIDTH, no_color=True, soft_wrap=False)


def show(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Print a table; all but the first ``left`` columns are aligned right."""
    out = _console()
    style = box.SIMPLE_HEAD if out.is_terminal else None
    table = Table(box=style, pad_edge=False, header_style="bold" if out.is_terminal else "")
    for number, header in enumerate(headers):
        justify = "left" if number < left else "right"
        table.add_column(header, justify=justify, overflow="fold", no_wrap=number >= left)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    with out.capture() as captured:
        out.print(table)
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")


def say(text: str) -> None:
    """Print one line as it is."""
    sys.stdout.write(text + "\n")


def show_results(run: Run) -> None:
    """Print a run's figures, then latency where recorded, extras and warnings."""
    names = titles(run.results)
    show(
        ["scenario", "ns/msg", "95% interval", "spread", "M msg/s", "x floor"],
        [_figures(name, result) for name, result in zip(names, run.results, strict=True)],
    )
    _show_latency(names, run.results)
    extras = [
        (name, key, "-" if value is None else f"{value:.6g}")
        for name, result in zip(names, run.results, strict=True)
        for key, value in result.extra.items()
    ]
    if extras:
        say("")
        show(["scenario", "also counted", "median"], extras, left=2)
    floors = dict.fromkeys(f"{r.scenario} to {r.floor}" for r in run.results if r.floor)
    if floors:
        say("\nx floor compares " + ", ".join(floors))
    for name, result in zip(names, run.results, strict=True):
        for warning in result.warnings:
            say(f"warning: {name}: {warning}")


def number(value: float) -> str:
    """Word a figure with about three digits and no exponent."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:#.3g}".rstrip(".")


def state(result: Result) -> str:
    """Word why a result has no figure."""
    if not result.attempted:
        return "not measured"
    return "failed" if not result.ok else "-"


def _figures(name: str, result: Result) -> list[str]:
    if result.ns_per_message is None or result.messages_per_s is None:
        return [name, state(result), "", "", "", ""]
    low_high = "-"
    if result.ci95 is not None:
        low_high = f"{number(result.ci95[0])} .. {number(result.ci95[1])}"
    return [
        name,
        number(result.ns_per_message),
        low_high,
        "-" if result.spread is None else f"{result.spread:.1%}",
        number(result.messages_per_s / 1e6),
        "-" if result.floor_ratio is None else f"{result.floor_ratio:.3g}",
    ]


def _show_latency(names: Sequence[str], results: Sequence[Result]) -> None:
    columns = ["p50", "p99", "p99.9", "max"]
    rows = [
        [name, *(nanoseconds(result.latency_ns[column]) for column in columns)]
        for name, result in zip(names, results, strict=True)
        if result.latency_ns
    ]
    if rows:
        say("")
        show(["latency", *columns], rows)


def _plain(cell: str) -> str:
    return cell.replace("[", "\\[")
