"""Results as tables for a terminal, and the two ways to print: a line, a table."""

import math
from collections.abc import Sequence

from zbench.cli.output import say
from zbench.cli.table import show
from zbench.reports.model import Result, Run
from zbench.reports.units import nanoseconds, ratio
from zbench.reports.wording import grouped_warnings, titles

MOST_NAMED = 3  # rows of one warning
__all__ = ["number", "say", "show", "show_results"]


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
        say()
        show(["scenario", "also counted", "median"], extras, left=2)
    _explain_floors(run.results)
    for text, places in grouped_warnings(run.results):
        say(f"warning: {_of(names, places)}: {text}")


def _of(names: Sequence[str], places: Sequence[int]) -> str:
    """The rows that a warning is about."""
    if len(places) > MOST_NAMED:
        return f"{len(places)} of {len(names)} rows"
    return ", ".join(names[place] for place in places)


def _explain_floors(results: Sequence[Result]) -> None:
    floors = dict.fromkeys(f"{r.scenario} to {r.floor}" for r in results if r.floor)
    if floors:
        say()
        say("x floor compares " + ", ".join(floors))
    if any(r.floor_ratio is not None and r.floor_ratio < 1 for r in results):
        say("below 1: less time than the floor; messages need not leave their core one by one")


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
        "-" if result.floor_ratio is None else ratio(result.floor_ratio),
    ]


def _show_latency(names: Sequence[str], results: Sequence[Result]) -> None:
    columns = ["p50", "p99", "p99.9", "max"]
    rows = [
        [name, *(nanoseconds(result.latency_ns.get(column, math.nan)) for column in columns)]
        for name, result in zip(names, results, strict=True)
        if result.latency_ns
    ]
    if rows:
        say()
        show(["latency", *columns], rows)
