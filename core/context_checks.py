"""What the methods of a context refuse, in Python and where they are compiled."""

from typing import Any

from zbench.core.context_tables import check_wide, need, require
from zbench.core.twins import Check


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
