"""What the listing commands print."""

import json
import sys
from dataclasses import asdict
from typing import Any

from zbench.registry import catalogue
from zbench.results import as_json
from zbench.store import Store
from zbench.sweeps import allowed_range
from zbench.tables import say, show_run, table


def scenarios(for_scripts: bool) -> None:
    """Print every scenario with its parameters."""
    known = catalogue()
    if for_scripts:
        _json([_described(entry.scenario) for entry in known.values()])
        return
    for name, entry in known.items():
        say(f"{name} ({entry.scenario.category})")
        say(f"    {entry.scenario.purpose}")
        for p in entry.scenario.parameters:
            say(f"      {p.name}={p.default}  {p.help}; {allowed_range(p)}")


def _described(scenario: Any) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "purpose": scenario.purpose,
        "category": str(scenario.category),
        "floors": list(scenario.floors),
        "extras": dict(scenario.extras),
        "parameters": [asdict(p) for p in scenario.parameters],
    }


def runs(store: str | None, limit: int, for_scripts: bool) -> None:
    """Print the newest runs."""
    kept = Store(store).runs(limit)
    if for_scripts:
        keys = ("id", "label", "started", "duration_s", "complete")
        _json([{k: getattr(r, k) for k in keys} | {"scenarios": _names(r)} for r in kept])
        return
    if not kept:
        say("no runs yet; `zbench run ping-pong` makes one")
        return
    rows = [
        (
            str(r.id),
            r.label or "",
            r.started[:19],
            f"{r.duration_s:.0f} s",
            "" if r.complete else "cut short",
            " ".join(_names(r))[:34],
        )
        for r in kept
    ]
    table("", ("run", "label", "started (UTC)", "took", "", "scenarios"), rows)


def _names(run: Any) -> list[str]:
    return list(dict.fromkeys(r.scenario for r in run.results))


def show(store: str | None, reference: str, for_scripts: bool) -> None:
    """Print one run."""
    run = Store(store).get(reference)
    if for_scripts:
        _json([as_json(r) for r in run.results])
        return
    label = f" ({run.label})" if run.label else ""
    cut = "" if run.complete else ", interrupted"
    say(
        f"run {run.id}{label}, {run.started}, {run.host.get('cpu_model_name', 'unknown processor')}{cut}"
    )
    show_run(run, defaults())


def defaults() -> dict[str, dict[str, object]]:
    """Default parameters of every scenario known."""
    return {
        name: {p.name: p.default for p in entry.scenario.parameters}
        for name, entry in catalogue().items()
    }


def _json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
