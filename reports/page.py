"""The report: one HTML file that needs no network."""

import json
import math
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from zbench.reports import cited, plots, versus, wording
from zbench.reports.model import MACHINE, Result, Run
from zbench.reports.units import nanoseconds, rate, ratio

FOLDER = Path(__file__).parent
HOST_KEYS = (
    *MACHINE,
    "cpu_freq",
    "cpu_config",
    "platform",
    "python_version",
    "load_avg_1min",
    "aslr",
    "perf_version",
)


@dataclass(frozen=True)
class ComparedResult:
    """A result of a comparison beside the first run's: the ratio only where both have intervals."""

    result: Result | None
    ratio: float | None = None
    bounds: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        """Verdict of the bounds on the time of a message."""
        if self.bounds is None:
            return ""
        if self.bounds[0] > 1:
            return "slower"
        return "faster" if self.bounds[1] < 1 else "no difference shown"


def render(runs: list[Run]) -> str:
    """Return a page about one run, or a comparison of several; the first is the baseline."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            runs=runs,
            plots=plots,
            cited=[(c.runtime, c.messages_per_s) for c in cited.CITED],
            cited_source=cited.SOURCE,
            markup=Markup,
            host_keys=HOST_KEYS,
            memory=versus.MEMORY,
            comparison=_comparison(runs),
            same_host=len({repr([r.host.get(k) for k in MACHINE]) for r in runs}) <= 1,
            css=Markup(_static("report.css")),
            js=Markup(_static("report.js")),
            data=Markup(_safe_json([asdict(r) for r in runs])),
        )
    )


def write(runs: list[Run], path: Path | str) -> None:
    """Write the page in one step: a reader sees the old page or the new one.

    Args:
        runs: The runs on the page.
        path: The file; its folder must exist. A path to no regular file is written in place.

    Raises:
        OSError: The file can't be written; an older one is left as it was.
    """
    text = render(runs)
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
        return
    # Not named after the target: its name may already have the greatest length.
    fresh = target.with_name(f".zbench-{os.getpid()}.tmp")
    try:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        ns=nanoseconds,
        rate=rate,
        ratio=ratio,
        versus_figure=versus.figure_title,
        words=wording.words,
        titles=wording.titles,
        warnings=wording.grouped_warnings,
        swept=_swept,
        building=_building,
        versus_groups=versus.groups,
        versus_overview=versus.overview,
        versus_title=versus.title,
        versus_ratios=versus.ratios,
        versus_warmup=versus.warmup,
        pairs=lambda names, results: list(zip(names, results, strict=True)),
    )
    environment.tests["figure"] = _is_figure
    return environment


def _static(name: str) -> str:
    return (FOLDER / "static" / name).read_text(encoding="utf-8")


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _swept(results: list[Result]) -> list[tuple[str, list[Result]]]:
    """Return the scenarios whose results differ in exactly one numeric parameter, with its name."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.scenario, []).append(result)
    found = []
    for group in groups.values():
        names = dict.fromkeys(name for result in group for name in result.parameters)
        varied = [n for n in names if len({repr(r.parameters.get(n)) for r in group}) > 1]
        if len(varied) == 1 and all(_is_figure(r.parameters.get(varied[0])) for r in group):
            found.append((varied[0], group))
    return found


def _building(result: Result) -> str:
    """Word the time machine code took: to compile it and, in other processes, to load it."""
    parts = []
    for kind, verb in (("cold", "compiled"), ("warm", "loaded from the cache")):
        took = [p.compile_seconds for p in result.processes if p.cache == kind]
        if took:
            what = "1 process" if len(took) == 1 else f"{len(took)} processes"
            parts.append(f"{verb} in {what} ({kind}), {max(took):.2g} s at most")
    return "; ".join(parts)


def _comparison(runs: list[Run]) -> list[list[ComparedResult]]:
    """Return rows of results of the same scenario and parameters, a column a run."""
    rows: dict[str, list[Result | None]] = {}
    for column, run in enumerate(runs):
        for result in run.results:
            key = json.dumps([result.scenario, result.parameters], sort_keys=True, default=str)
            rows.setdefault(key, [None] * len(runs))[column] = result
    shared = [row for row in rows.values() if sum(r is not None for r in row) > 1]
    return [[_cell(row[0] if n else None, r) for n, r in enumerate(row)] for row in shared]


def _cell(first: Result | None, result: Result | None) -> ComparedResult:
    """Set a result beside the first run's.

    The bounds of the ratio take the far ends of both intervals. They are wider than an
    interval of the ratio itself, so a difference that they show is real.
    """
    if first is None or result is None or not (first.ok and result.ok):
        return ComparedResult(result)
    old, new = first.ns_per_message, result.ns_per_message
    if first.ci95 is None or result.ci95 is None or old is None or new is None:
        return ComparedResult(result)
    figures = (old, new, *first.ci95, *result.ci95)
    if not all(math.isfinite(v) and v > 0 for v in figures):
        return ComparedResult(result)
    bounds = (result.ci95[0] / first.ci95[1], result.ci95[1] / first.ci95[0])
    return ComparedResult(result, new / old, bounds)


def _safe_json(value: Any) -> str:
    """Return JSON that can't end the script element it stands in."""
    text = json.dumps(_finite(value), default=str, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(value: Any) -> Any:
    """Return the value with null for numbers that JSON can't express."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
