"""The report: one HTML file that needs no network."""

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from zbench.reports import plots
from zbench.reports.model import Result, Run
from zbench.reports.units import nanoseconds, rate

HOST_KEYS = (
    "cpu_model_name",
    "cpu_count",
    "cpu_freq",
    "cpu_config",
    "platform",
    "python_version",
    "load_avg_1min",
    "aslr",
    "perf_version",
)


def render(runs: list[Run]) -> str:
    """A page about one run, or a comparison of several; the first is the baseline."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(ns=nanoseconds, rate=rate, words=_words)
    return environment.get_template("report.html.j2").render(
        runs=runs,
        plots=plots,
        markup=Markup,
        host_keys=HOST_KEYS,
        comparison=_comparison(runs),
        same_host=len({r.host.get("cpu_model_name") for r in runs}) <= 1,
        data=Markup(_safe_json([asdict(r) for r in runs])),
    )


def _words(parameters: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items())


def _safe_json(value: Any) -> str:
    """JSON that can't end the script element it stands in."""
    text = json.dumps(value, default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _comparison(runs: list[Run]) -> list[list[Result | None]]:
    """Rows of results of the same scenario and parameters, a column a run."""
    rows: dict[str, list[Result | None]] = defaultdict(lambda: [None] * len(runs))
    for column, run in enumerate(runs):
        for result in run.results:
            rows[f"{result.scenario} {_words(result.parameters)}"][column] = result
    return [row for row in rows.values() if sum(r is not None for r in row) > 1]
