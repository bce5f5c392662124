"""Runs in the formats of other tools."""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zbench.errors import ZbenchError, nearest
from zbench.reports.model import Run
from zbench.reports.wording import markdown_cell, plain, title, words
from zbench.store.json_codec import run_to_dict

if TYPE_CHECKING:
    import pyperf

LEAST = 5e-324  # seconds: pyperf takes no zero
FORMULA = ("=", "+", "-", "@")  # its first character


def export(run: Run, form: str) -> str:
    """A run as text in a format.

    Raises:
        ZbenchError: if there is no such format.
    """
    if form not in FORMATS:
        allowed = ", ".join(FORMATS)
        hint = nearest(form, FORMATS, "try json")
        msg = f"no format is called {form!r}; formats: {allowed}; {hint}"
        raise ZbenchError(msg)
    return FORMATS[form](run)


def as_pyperf(run: Run) -> str:
    """A pyperf suite, seconds a message, one pyperf run a process.

    Raises:
        ZbenchError: There is nothing to write, or pyperf refuses it.
    """
    import pyperf

    try:
        benchmarks = _benchmarks(run)
        if not benchmarks:
            msg = f"run {run.id} holds no measured values, so there is no pyperf file to write"
            raise ZbenchError(msg)
        # pyperf writes suites to files only.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "suite.json"
            pyperf.BenchmarkSuite(benchmarks).dump(str(path))
            return path.read_text()
    except (ValueError, TypeError) as error:  # such as metadata of the wrong type
        msg = f"run {run.id} can't be a pyperf file: {error}"
        raise ZbenchError(msg) from error


def _benchmarks(run: Run) -> "list[pyperf.Benchmark]":
    """The results that have values, each under a name of its own."""
    import pyperf

    known = {
        k: v
        for k, v in run.host.items()
        if k not in ("name", "inner_loops", "loops", "unit", "date", "duration")
        and isinstance(v, str | int | float)  # pyperf takes nothing else
    }
    benchmarks = []
    names = Counter[str]()
    for result in run.results:
        name = plain(title(result))  # pyperf takes no line breaks
        names[name] += 1
        name += f" ({names[name]})" if names[name] > 1 else ""
        metadata = {**known, "name": name, "unit": "second"}
        runs = [
            pyperf.Run(
                [max(value * 1e-9, LEAST) for value in process.ns_per_message],
                metadata=metadata,
                collect_metadata=False,
            )
            for process in result.processes
            if process.ns_per_message
        ]
        if runs:
            benchmarks.append(pyperf.Benchmark(runs))
    return benchmarks


def as_csv(run: Run) -> str:
    """One row a value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["run", "label", "scenario", "parameters", "process", "repetition", "ns_per_message"]
    )
    for result in run.results:
        for p, process in enumerate(result.processes):
            for r, value in enumerate(process.ns_per_message):
                writer.writerow(
                    [
                        run.id,
                        _cell(run.label or ""),
                        _cell(result.scenario),
                        _cell(words(result.parameters)),
                        p,
                        r,
                        value,
                    ]
                )
    return text.getvalue()


def _cell(text: str) -> str:
    """Text on one line, after an apostrophe where a spreadsheet would see a formula."""
    return plain(f"'{text}" if text.startswith(FORMULA) else text)


def as_json(run: Run) -> str:
    """The whole run as JSON."""
    return json.dumps(run_to_dict(run), indent=2) + "\n"


def as_markdown(run: Run) -> str:
    """A table for a page or a comment."""
    lines = [
        "| scenario | parameters | ns/message | 95 % interval | M messages/s |",
        "|---|---|---:|---:|---:|",
    ]
    for r in run.results:
        absent = "failed" if r.attempted else "not measured"
        ns = absent if r.ns_per_message is None else f"{r.ns_per_message:.2f}"
        interval = "" if r.ci95 is None else f"{r.ci95[0]:.2f} - {r.ci95[1]:.2f}"
        rate = "" if r.messages_per_s is None else f"{r.messages_per_s / 1e6:.2f}"
        name, given = markdown_cell(r.scenario), markdown_cell(words(r.parameters))
        lines.append(f"| {name} | {given} | {ns} | {interval} | {rate} |")
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Run], str]] = {
    "pyperf": as_pyperf,
    "csv": as_csv,
    "json": as_json,
    "markdown": as_markdown,
}
