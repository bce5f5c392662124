"""Checks of calls of a context's methods, in Python and at compile time."""

from typing import Any

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


def _values_wide(method: str, /, *args: Any, **named: Any) -> None:
    check_wide(method, len(named.get("data", args[-1])))


def _types_wide(method: str, /, *args: Any, **named: Any) -> None:
    check_wide(method, getattr(named.get("data", args[-1]), "count", None))


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


def check_wide(method: str, words: int | None) -> None:
    """Refuse data other than the 14 words of a wide message; None stands for no tuple."""
    if words != WIDE_WORDS:
        found = "no tuple" if words is None else f"{words}"
        msg = f"ctx.{method} takes a tuple of {WIDE_WORDS} words of data, got {found}"
        raise TypeError(msg)
