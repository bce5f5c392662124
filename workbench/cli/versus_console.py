"""A comparison of runtimes as tables for a terminal, 80 columns wide."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from zbench.cli.console import number, say, show, state
from zbench.reports.cited import CITED, SOURCE
from zbench.reports.model import Result, Run, Versus
from zbench.reports.units import nanoseconds
from zbench.reports.versus import figure_title, groups, overview, title, warmup


def show_versus(run: Run) -> None:
    """Print each cell's figures, the needs of its processes, and the cited figures."""
    for group in groups(run.results):
        say(title(group))
        _show_ratios(group)
        _show_latency(group)
        _show_costs(group)
        for result, side in _sides(group):
            for warning in result.warnings:
                say(f"warning: {side.side}: {warning}")
        say()
    _show_overview(run)
    listed = ", ".join(f"{c.runtime} {c.messages_per_s / 1e3:.0f}K" for c in CITED)
    say(f"cited, not measured, messages/s: {listed}")
    say(f"({SOURCE})")


def _sides(group: Sequence[Result]) -> list[tuple[Result, Versus]]:
    return [(result, result.versus) for result in group if result.versus is not None]


def _show_ratios(group: Sequence[Result]) -> None:
    first = _sides(group)[0][1]
    rows = []
    for result, side in _sides(group):
        if side.value is None:
            unsteady = result.processes == [] and _unsteady(side)
            rows.append([side.side, "not steady" if unsteady else state(result), "", "", "", ""])
            continue
        rows.append(
            [
                side.side,
                _figure(side, side.value),
                _interval(side.value_ci95, partial(_figure, side)),
                "-" if result.messages_per_s is None else number(result.messages_per_s / 1e6),
                "-" if side.ratio is None else number(side.ratio),
                _interval(side.ratio_ci95),
            ]
        )
    figure, ratio = figure_title(first.figure), f"/ {first.reference}"
    show(["side", figure, "95% interval", "M msg/s", ratio, "95% interval"], rows)


def _show_overview(run: Run) -> None:
    """Print all comparisons in one table, if there are several."""
    found = overview(groups(run.results))
    if found is None:
        return
    first = next(side for group in groups(run.results) for _, side in _sides(group))
    say(f"times over those of {first.reference}, of each peer's fastest variant")
    show(
        ["scenario, cores", *found.peers],
        [[_shorter(name), *(_ratio(side) for side in sides)] for name, sides in found.rows],
    )
    say()


def _shorter(name: str) -> str:
    """A group's name without the word "cores"."""
    return name.replace(" cores", "").replace(" core", "")


def _ratio(side: Versus | None) -> str:
    return "-" if side is None or side.ratio is None else number(side.ratio)


def _unsteady(side: Versus) -> bool:
    return bool(side.warmup) and all(dropped is None for dropped in side.warmup)


def _show_latency(group: Sequence[Result]) -> None:
    columns = ["p50", "p99", "p99.9", "max"]
    rows = [
        [side.side, *(nanoseconds(result.latency_ns.get(column, math.nan)) for column in columns)]
        for result, side in _sides(group)
        if result.latency_ns
    ]
    if rows:
        show(["all messages", *columns], rows)
        figure = _sides(group)[0][1].figure
        if figure == "p99 ns":
            say(f"{figure_title(figure)}: of one iteration, the median over all iterations")


def _show_costs(group: Sequence[Result]) -> None:
    sides = [side for _, side in _sides(group)]
    headers = ["needs", "start-up", "first answer", "peak RSS", "warm-up"]
    rows = []
    for side in sides:
        row = [
            side.side,
            "-" if side.startup_ms is None else nanoseconds(side.startup_ms * 1e6),
            "-" if side.first_answer_ms is None else nanoseconds(side.first_answer_ms * 1e6),
            "-" if side.peak_rss_bytes is None else f"{side.peak_rss_bytes / 2**20:.0f} MiB",
            warmup(side),
        ]
        rows.append(row)
    show(headers, rows)
    memory = [
        [s.side, _bytes(s.retained_bytes_per_actor), _bytes(s.resident_bytes_per_actor)]
        for s in sides
    ]
    if any(row[1:] != ["-", "-"] for row in memory):
        show(["memory", "live B/actor", "RSS B/actor"], memory)
        say("live: counted by the runtime itself; RSS: growth of the process, with spare room")


def _bytes(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _figure(side: Versus, value: float) -> str:
    """A long time with its unit, any other figure as a bare number."""
    return nanoseconds(value) if side.figure == "p99 ns" else number(value)


def _interval(pair: tuple[float, float] | None, word: Callable[[float], str] = number) -> str:
    return "-" if pair is None else f"{word(pair[0])} .. {word(pair[1])}"
