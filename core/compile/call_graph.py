"""All functions that numba would compile for some functions, and which of them are recursive.

A walk as for a digest (``frozen``), but nothing ends it: an object without a digest is passed
over, since the functions beside it count nevertheless.
"""

import contextlib
import types
from typing import Any

from zbench.core.compile.frozen import UnhashableError, Walk, has_own_place


class CallGraph(Walk):
    """What some functions reach: ``functions``, ``overloads`` and the bytecode of all."""

    def __init__(self, *roots: Any) -> None:
        super().__init__()
        self.codes: set[types.CodeType] = set()
        self._leads_to: dict[int, list[int]] = {}  # by id: the objects that an object reaches
        self._at = 0
        for root in roots:
            with contextlib.suppress(RecursionError):
                self.value("", root)

    def value(self, name: str, value: Any) -> None:
        """Walk over any object, and note that the one walked now leads to it."""
        outer = self._at
        if has_own_place(value):
            self._leads_to.setdefault(outer, []).append(id(value))
            self._at = id(value)
        with contextlib.suppress(UnhashableError):
            super().value(name, value)
        self._at = outer

    def code(self, code: types.CodeType) -> None:
        """Note bytecode, and that of functions inside it."""
        self.codes.add(code)
        super().code(code)

    def dispatchers(self) -> list[Any]:
        """The functions as numba knows them."""
        return [dispatcher_of(function) for function in self.functions]

    def recursive(self) -> list[Any]:
        """Those that may call themselves, directly or by others."""
        return [dispatcher_of(f) for f in self.functions if id(f) in self._beyond(id(f))]

    def _beyond(self, start: int) -> set[int]:
        """Everything that an object leads to; itself only if there is a way back."""
        found: set[int] = set()
        waiting = [start]
        while waiting:
            new = set(self._leads_to.get(waiting.pop(), ())) - found
            found |= new
            waiting += new
        return found


def dispatcher_of(function: Any) -> Any:
    """A function as numba knows it; a kernel only refers to it."""
    return getattr(function, "_dispatcher", function)
