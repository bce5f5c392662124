"""Runs and results as JSON, for --json and for files; and back again."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zbench.errors import StoreError
from zbench.reports.model import ProcessValues, Result, Run, Versus

FORMAT = 1  # 1: first


def result_to_dict(result: Result, counts: bool = False) -> dict[str, Any]:
    """Return a result as ``--json`` prints it.

    Args:
        result: Any result.
        counts: Keep the latency histogram too, which is long.
    """
    found: dict[str, Any] = finite(asdict(result))
    if not counts:
        del found["latency_counts"]
    if found["versus"] is None:
        del found["versus"]
    return found


def finite(value: Any) -> Any:
    """Return data without nan and infinity, which JSON has no words for: null instead."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return value


def result_from_dict(found: dict[str, Any]) -> Result:
    """Return the result that a dictionary describes."""
    ready = dict(found)
    ready["ci95"] = None if found["ci95"] is None else tuple(found["ci95"])
    ready["processes"] = [ProcessValues(**process) for process in found["processes"]]
    if found.get("versus") is not None:
        ready["versus"] = _versus(found["versus"])
    ready["latency_counts"] = [(pair[0], pair[1]) for pair in found.get("latency_counts", ())]
    return Result(**ready)


def _versus(found: dict[str, Any]) -> Versus:
    pairs = ("value_ci95", "ratio_ci95")
    return Versus(**found | {key: tuple(found[key]) for key in pairs if found[key] is not None})


def run_to_dict(run: Run) -> dict[str, Any]:
    """Return a whole run, nothing left out."""
    head = finite({name: value for name, value in vars(run).items() if name != "results"})
    results = [result_to_dict(result, counts=True) for result in run.results]
    return {"format": FORMAT, **head, "results": results}


def run_from_dict(found: dict[str, Any]) -> Run:
    """Return the run that a dictionary describes."""
    head = {name: value for name, value in found.items() if name not in ("format", "results")}
    return Run(**head, results=[result_from_dict(result) for result in found["results"]])


def read_run(path: Path) -> Run:
    """Read a run from a JSON file that zbench wrote.

    Raises:
        StoreError: The file can't be read or isn't a run.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] > FORMAT:
            msg = f"{path} has format {found['format']}, this zbench knows {FORMAT}; upgrade zbench"
            raise StoreError(msg)
        return run_from_dict(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path} is not a run that zbench wrote: {error}; give a run's number, label or file"
        raise StoreError(msg) from None
