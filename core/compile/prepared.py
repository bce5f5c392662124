"""Compile before a lock is taken: no thread then waits for another one's compiler."""

from collections.abc import Callable
from typing import Any

import numba as nb
from numba.core.compiler_lock import global_compiler_lock
from zbench.core.compile.kernel import INTERPRETED

COMPILING = (
    "a signal handler interrupted its thread while that compiles, and this call needs compiling "
    "too; make such a call once before, or make it in another thread"
)


def is_compiling() -> bool:
    """Whether this thread compiles; its caller is then a signal handler that interrupted it."""
    is_locked: Callable[[], bool] = global_compiler_lock.is_locked  # by this thread
    return not INTERPRETED and is_locked()


class Prepared:
    """The kernels that are compiled for some tables, their first argument.

    Each kernel is called with further arguments of the same types every time.

    Args:
        tables: the first argument of each kernel.
        error: the class of the error that ``prepare`` raises.
    """

    def __init__(self, tables: Any, error: type[Exception]) -> None:
        self._tables = tables
        self._error = error
        self._kernels: set[object] = set()

    def prepare(self, kernel: Callable[..., object], *arguments: object) -> None:
        """Compile a kernel, or load it, for the tables and arguments of these types.

        Raises:
            Exception: of the class that was given, in a signal handler that interrupted this
                thread while it compiles. numba would fail then and in every later call.
        """
        if kernel in self._kernels:
            return
        if is_compiling():
            raise self._error(COMPILING)
        if not INTERPRETED:
            typeof: Callable[[Any], Any] = nb.typeof
            takes = tuple(typeof(a) for a in (self._tables, *arguments))
            kernel.compile(takes)  # type: ignore[attr-defined]
        self._kernels.add(kernel)
