"""Measure, profile, compare and guard actor runtimes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__version__ = "0.1.0"


def load(*references: str, **options: Any) -> "pd.DataFrame":
    """Load runs as a tidy frame, one value a row; see zbench.frames.load."""
    from zbench.frames import load as load_frame  # pandas is imported only here

    return load_frame(*references, **options)
