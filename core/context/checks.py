"""Checks of calls of a context's methods, in Python and at compile time."""

from typing import Any

import numba as nb
import numpy as np
from zbench.core.context.twins import Check
from zbench.core.errors import MissingTablesError
from zbench.core.memory.layout.message_slot import WIDE_WORDS


def option(field: str) -> Check:
    """Check that refuses a method if the tables lack the option of that field."""

    def of_values(method: str, context: Any, /, *_: Any, **__: Any) -> None:
        need(getattr(context.tables, field), field, method)

    def of_types(method: str, context: Any, /, *_: Any, **__: Any) -> None:
        require(context, field, method)

    return Check(of_values, of_types)


def whole(argument: str, place: int = 0) -> Check:
    """Check that refuses fractions for an argument, which is also known by its place."""

    def of_values(method: str, _context: Any, /, *args: Any, **named: Any) -> None:
        given = named.get(argument, args[place] if len(args) > place else 0)
        if isinstance(given, float | np.floating):
            raise TypeError(not_whole(method, argument))

    def of_types(method: str, _context: Any, /, *args: Any, **named: Any) -> None:
        given = named.get(argument, args[place] if len(args) > place else nb.int64)
        if isinstance(getattr(given, "literal_type", given), nb.types.Float):
            raise nb.TypingError(not_whole(method, argument))

    return Check(of_values, of_types)


def not_whole(method: str, argument: str) -> str:
    """The message for a fraction."""
    return f"ctx.{method} takes whole nanoseconds for {argument}, got a float: 0.05 s is 50_000_000"


def _values_wide(method: str, /, *args: Any, **named: Any) -> None:
    wrong = wrong_wide(method, len(named.get("data", args[-1])))
    if wrong:
        raise TypeError(wrong)


def _types_wide(method: str, /, *args: Any, **named: Any) -> None:
    wrong = wrong_wide(method, getattr(named.get("data", args[-1]), "count", None))
    if wrong:
        raise nb.TypingError(wrong)


# Check of data, a method's last argument: it must be the 14 words of a wide message.
WIDE_DATA = Check(_values_wide, _types_wide)


def need(option: tuple[int, ...], field: str, method: str) -> None:
    """Refuse a method if the tables lack its option, in Python."""
    if not option:
        raise MissingTablesError(method, field)


def require(context: Any, field: str, method: str) -> None:
    """Refuse to compile a method if the tables' type lacks its option."""
    tables = context.types[context.fields.index("tables")]
    if getattr(tables.kinds[field], "count", 1) == 0:
        raise MissingTablesError(method, field)


def wrong_wide(method: str, words: int | None) -> str:
    """The message for data other than a wide message's 14 words, or ""; None: no tuple."""
    if words == WIDE_WORDS:
        return ""
    found = "no tuple" if words is None else f"{words}"
    return f"ctx.{method} takes a tuple of {WIDE_WORDS} words of data, got {found}"
