"""Comparisons of runtimes: grouped for tables, and drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zbench.reports.model import Result, Versus
from zbench.reports.wording import words

MEMORY = (
    "Live bytes are what the runtime itself counts for an actor; resident bytes are how much the "
    "process grew for it, with the spare room of its allocator. Compare each with its like only."
)
SIDES = ("peer", "variant", "cores")  # parameters that name the side, not the work


def groups(results: Sequence[Result]) -> list[list[Result]]:
    """Results grouped by scenario, parameters and number of cores, in order."""
    found: dict[str, list[Result]] = {}
    for result in results:
        if result.versus is not None:
            work = {k: v for k, v in result.parameters.items() if k not in SIDES}
            key = f"{result.scenario} {result.versus.cores} {sorted(work.items())}"
            found.setdefault(key, []).append(result)
    return list(found.values())


def title(group: Sequence[Result]) -> str:
    """Name a group: scenario, cores, parameters."""
    first = group[0]
    assert first.versus is not None
    cores = "1 core" if first.versus.cores == 1 else f"{first.versus.cores} cores"
    work = words({k: v for k, v in first.parameters.items() if k not in SIDES})
    return f"{first.scenario}, {cores} ({work})"


def figure_title(figure: str) -> str:
    """Head the column of the compared figure; a percentile's values carry their own units."""
    return "median p99" if figure == "p99 ns" else figure


def ratios(group: Sequence[Result]) -> list[tuple[str, float, tuple[float, float] | None]]:
    """Each side's name, ratio and interval, where there is a ratio."""
    return [
        (r.versus.side, r.versus.ratio, r.versus.ratio_ci95)
        for r in group
        if r.versus is not None and r.versus.ratio is not None and math.isfinite(r.versus.ratio)
    ]


@dataclass(frozen=True)
class Overview:
    """Every comparison of a run in one table: each other peer's fastest variant, by its ratio."""

    peers: list[str]
    rows: list[tuple[str, list[Versus | None]]]  # scenario and cores; a side for each of peers


def overview(found: Sequence[Sequence[Result]]) -> Overview | None:
    """The groups of a run at a glance; None if there is only one."""
    if len(found) < 2:
        return None
    fastest = [_fastest(group) for group in found]
    peers = sorted({peer for row in fastest for peer in row})
    names = [short_title(group) for group in found]
    if len(set(names)) < len(names):  # a sweep: parameters tell them apart
        names = [title(group) for group in found]
    return Overview(
        peers,
        [(name, [row.get(p) for p in peers]) for name, row in zip(names, fastest, strict=True)],
    )


def short_title(group: Sequence[Result]) -> str:
    """Name a group by its scenario and cores."""
    return title(group).partition(" (")[0]


def _fastest(group: Sequence[Result]) -> dict[str, Versus]:
    """The fastest variant of each peer except the reference's."""
    found: dict[str, Versus] = {}
    for result in group:
        side = result.versus
        if side is None or side.ratio is None or side.peer == side.reference.split()[0]:
            continue
        best = found.get(side.peer)
        if best is None or best.ratio is None or side.ratio < best.ratio:
            found[side.peer] = side
    return found


def warmup(side: Versus) -> str:
    """Word how many iterations of a process were dropped."""
    found = sorted({dropped for dropped in side.warmup if dropped is not None})
    if not found:
        return "no steady state" if side.warmup else "-"
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"
