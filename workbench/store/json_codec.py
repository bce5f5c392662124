"""Runs and results as JSON, for --json and for files; and back again."""

import functools
import json
import math
import reprlib
from collections.abc import Hashable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from zbench.errors import StoreError
from zbench.reports.model import ProcessValues, Result, Run, Versus

FORMAT = 1  # 1: first
MOST = 2**1023  # any integer below is a finite float; others fail wherever they are shown


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
    """Return the run that a dictionary describes.

    Raises:
        TypeError: A value is of the wrong type, or there is one that isn't known.
        ValueError: A time can't be.
        KeyError: One is missing.
    """
    head = {name: value for name, value in found.items() if name not in ("format", "results")}
    run = Run(**head, results=[result_from_dict(result) for result in found["results"]])
    check_run(run)
    return run


def check_run(run: Run) -> None:
    """Refuse a run that zbench can't have kept: every value is of its declared type, and a time.

    Raises:
        TypeError: A value is of another type, or no finite number.
        ValueError: A time is zero or below, or a measured result has none.
    """
    _check(run, "the run")
    for result in run.results:
        times = [ns for process in result.processes for ns in process.ns_per_message]
        times += [] if result.ns_per_message is None else [result.ns_per_message]
        if not all(ns > 0 for ns in times):
            msg = f"{result.scenario} has a time of {min(times)} ns a message"
            raise ValueError(msg)
        if result.ok and result.ns_per_message is None:
            msg = f"{result.scenario} is measured, but has no time"
            raise ValueError(msg)


def _check(record: Any, name: str) -> None:
    """Check the fields of a run, result, side or process against the types they declare."""
    for field, kind in _types(record.__class__).items():
        value = getattr(record, field)
        if not _fits(value, kind):
            msg = f"{field} of {name} is {reprlib.repr(value)}"
            raise TypeError(msg)
        inside = value if isinstance(value, list) else [value]
        for number, part in enumerate(part for part in inside if is_dataclass(part)):
            _check(part, f"{field} {number}")


@functools.cache
def _types(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a declared type, all the way down."""
    if kind is Any:
        return not isinstance(value, int) or abs(value) < MOST
    origin, inside = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_fits(value, one) for one in inside)
    if origin is tuple:
        same = isinstance(value, tuple) and len(value) == len(inside)
        return same and all(map(_fits, value, inside))
    if origin is list:
        return isinstance(value, list) and all(_fits(part, inside[0]) for part in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(part, inside[1]) for part in value.values())
    if kind is float:
        return (_fits(value, int) and abs(value) < MOST) or _is_finite(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


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
    except OSError as error:
        msg = f"can't read {path}: {error.strerror}; give a run's number, label or file"
        raise StoreError(msg) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        why = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        msg = f"{path} is not a run that zbench wrote: {why}; give a run's number, label or file"
        raise StoreError(msg) from None
