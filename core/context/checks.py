"""What the methods of a context refuse, in Python and where they are compiled."""

from typing import Any

from zbench.core.context.twins import Check
from zbench.core.errors import MissingTablesError
from zbench.core.memory.layout.message_slot import WIDE_WORDS


def option(field: str) -> Check:
    """Refuse a method in a system whose tables lack the option of that field."""

    def of_values(method: str, context: Any, /, *_: Any, **__: Any) -> None:
        need(getattr(context.tables, field), field, method)

    def of_types(method: str, context: Any, /, *_: Any, **__: Any) -> None:
        require(context, field, method)

    return Check(of_values, of_types)


def _values_wide(method: str, /, *args: Any, **named: Any) -> None:
    check_wide(method, len(named.get("data", args[-1])))


def _types_wide(method: str, /, *args: Any, **named: Any) -> None:
    check_wide(method, getattr(named.get("data", args[-1]), "count", None))


# Refuses data, a method's last argument, that is not the 14 words of a wide message.
WIDE_DATA = Check(_values_wide, _types_wide)


def need(option: tuple[int, ...], field: str, method: str) -> None:
    """Refuse a method where the tables lack its option, for Python."""
    if not option:
        raise MissingTablesError(method, field)


def require(context: Any, field: str, method: str) -> None:
    """Refuse to compile a method where numba's type of the context lacks what it needs."""
    tables = context.types[context.fields.index("tables")]
    if getattr(tables.kinds[field], "count", 1) == 0:
        raise MissingTablesError(method, field)


def check_wide(method: str, words: int | None) -> None:
    """Refuse data that is not the 14 words of a wide message; None is no tuple."""
    if words != WIDE_WORDS:
        found = "no tuple" if words is None else f"{words}"
        msg = f"ctx.{method} takes a tuple of {WIDE_WORDS} words of data, got {found}"
        raise TypeError(msg)
