"""Measure, profile, compare and guard actor runtimes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["load"]
__version__ = "0.1.0"


def load(*refs: str | int, store: "str | Path | None" = None) -> "pd.DataFrame":
    """Return the raw values of runs as a tidy frame, one row a repetition.

    Args:
        refs: Numbers, labels or "latest"; none means every run kept.
        store: Address or path of the store; the default one if None.

    Returns:
        Columns run, label, scenario, one ``p_<name>`` a parameter, process, repetition,
        ns_per_message, messages_per_s.
    """
    from zbench.store import frames

    return frames.load(*refs, store=store)
