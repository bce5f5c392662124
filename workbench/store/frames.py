"""Runs as tidy pandas frames, for notebooks."""

from pathlib import Path
from typing import Any

import pandas as pd
from zbench.reports.model import MACHINE, Run
from zbench.reports.wording import words
from zbench.store.database import Store


def load(*refs: str | int, store: str | Path | None = None) -> pd.DataFrame:
    """Return the raw values of runs, one row a repetition.

    Args:
        refs: Numbers, labels or "latest"; none means every run kept.
        store: Address or path of the store; the default one if None.

    Returns:
        Columns run, label, host, scenario, parameters (as text), one ``p_<name>`` a
        parameter, process, repetition, ns_per_message, messages_per_s.
    """
    with Store(store, read_only=True) as kept:
        runs = [kept.get(ref) for ref in refs] if refs else kept.runs()[::-1]
    return frame(runs)


def frame(runs: list[Run]) -> pd.DataFrame:
    """Return the raw values of runs already at hand, one row a repetition."""
    rows: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for run in runs:
        for result in run.results:
            parameters = {f"p_{name}": value for name, value in result.parameters.items()}
            names |= dict.fromkeys(parameters)
            head = {"run": run.id, "label": run.label, "host": _host(run)}
            head |= {
                "scenario": result.scenario,
                "parameters": words(result.parameters),
                **parameters,
            }
            for number, process in enumerate(result.processes):
                for repetition, value in enumerate(process.ns_per_message):
                    place = {"process": number, "repetition": repetition}
                    speed = {"ns_per_message": value, "messages_per_s": 1e9 / value}
                    rows.append(head | place | speed)
    last = ["process", "repetition", "ns_per_message", "messages_per_s"]
    first = ["run", "label", "host", "scenario", "parameters"]
    return pd.DataFrame(rows, columns=[*first, *names, *last])


def _host(run: Run) -> str:
    """Name the machine of a run, as reports tell machines apart."""
    known = [str(run.host[key]) for key in MACHINE if key in run.host]
    return ", ".join(known) or "unknown"
