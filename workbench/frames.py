"""Runs as tidy pandas frames, for notebooks."""

import pandas as pd

from zbench.measure import parameters_text
from zbench.store import Store


def load(*references: str, store: str | None = None) -> pd.DataFrame:
    """Values of runs, one a row.

    Args:
        references: numbers or labels of runs, or "latest"; none loads every run.
        store: address of the store; None for the default.

    Returns:
        Columns run, label, scenario, parameters, process, repetition, ns_per_message,
        messages_per_s, and a column p_<name> for each parameter.
    """
    kept = Store(store)
    runs = [kept.get(r) for r in references] if references else kept.runs(limit=1_000_000)
    rows = [
        {
            "run": run.id,
            "label": run.label,
            "scenario": result.scenario,
            "parameters": parameters_text(result.parameters),
            "process": p,
            "repetition": r,
            "ns_per_message": value,
            "messages_per_s": 1e9 / value,
            **{f"p_{name}": v for name, v in result.parameters.items()},
        }
        for run in runs
        for result in run.results
        for p, process in enumerate(result.processes)
        for r, value in enumerate(process.ns_per_message)
    ]
    columns = ["run", "label", "scenario", "parameters", "process", "repetition", "ns_per_message", "messages_per_s"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
