"""Runs without results."""

from zbench.reports.model import Run


def run(label, **changes):
    fields = {
        "id": 0,
        "label": label,
        "started": "2026-01-02T03:04:05+0000",
        "duration_s": 1.5,
        "complete": True,
        "host": {"cpu": "one", "note": "caf\u00e9"},
        "results": [],
    }
    return Run(**{**fields, **changes})
