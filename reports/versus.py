"""Comparisons of runtimes: grouped for tables, and drawn."""

import math
from collections.abc import Sequence

from zbench.reports.model import Result, Versus

SIDES = ("peer", "variant", "cores")  # parameters that say which side, not which work


def groups(results: Sequence[Result]) -> list[list[Result]]:
    """The results of each scenario at one set of parameters on so many cores, in order."""
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
    work = " ".join(f"{k}={v}" for k, v in first.parameters.items() if k not in SIDES)
    return f"{first.scenario}, {cores} ({work})"


def ratios(group: Sequence[Result]) -> list[tuple[str, float, tuple[float, float] | None]]:
    """Each side's name, ratio and interval, where there is a ratio."""
    return [
        (r.versus.side, r.versus.ratio, r.versus.ratio_ci95)
        for r in group
        if r.versus is not None and r.versus.ratio is not None and math.isfinite(r.versus.ratio)
    ]


def warmup(side: Versus) -> str:
    """Word how many iterations of a process were dropped."""
    found = sorted({dropped for dropped in side.warmup if dropped is not None})
    if not found:
        return "no steady state" if side.warmup else "-"
    return f"{found[0]}" if len(found) == 1 else f"{found[0]} to {found[-1]}"
