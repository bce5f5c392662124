"""Scenarios to measure: one file for each scenario or family. The names are for authors of more."""

from typing import TYPE_CHECKING, Any

from zbench.scenarios.base import (
    Category,
    Parameter,
    Parameters,
    Prepared,
    Sample,
    Scenario,
)

if TYPE_CHECKING:
    from zbench.scenarios.support.core_run import CoreRun

__all__ = ["Category", "CoreRun", "Parameter", "Parameters", "Prepared", "Sample", "Scenario"]


def __getattr__(name: str) -> Any:
    """Import ``CoreRun`` on its first use: numba takes a second, and most commands need none."""
    if name != "CoreRun":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from zbench.scenarios.support.core_run import CoreRun

    return CoreRun
