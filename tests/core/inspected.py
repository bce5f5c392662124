"""Functions whose machine code can be looked at: numba shows none that came from the cache."""

from collections.abc import Callable
from typing import Any

import numba as nb


def compiled_here(function: Callable[..., Any]) -> Any:
    """A function compiled in this process as the core's kernels are."""
    return nb.njit(nogil=True, error_model="numpy", _nrt=False)(function)  # noqa: TID251
