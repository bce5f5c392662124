"""Compile before a lock is taken: no thread then waits for another one's compiler."""

from collections.abc import Callable
from typing import Any

import numba as nb
from zbench.core.compile.kernel import INTERPRETED


class Prepared:
    """The kernels that are compiled for some tables, their first argument.

    Each kernel is called with further arguments of the same types every time.
    """

    def __init__(self, tables: Any) -> None:
        self._tables = tables
        self._kernels: set[object] = set()

    def prepare(self, kernel: Callable[..., object], *arguments: object) -> None:
        """Compile a kernel, or load it, for the tables and arguments of these types."""
        if kernel in self._kernels:
            return
        if not INTERPRETED:
            typeof: Callable[[Any], Any] = nb.typeof
            takes = tuple(typeof(a) for a in (self._tables, *arguments))
            kernel.compile(takes)  # type: ignore[attr-defined]
        self._kernels.add(kernel)
