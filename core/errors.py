"""Refusing arguments that make no sense, in one line."""

from collections.abc import Sequence


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number out of its range.

    Raises:
        ValueError: with the name, what is allowed, and the value.
    """
    if not low <= value <= high:
        msg = f"{name} must be {low} to {high}, got {value}"
        raise ValueError(msg)


class ActorSystemError(RuntimeError):
    """The system cannot do what was asked."""


def check_among(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse an unknown name.

    Raises:
        ValueError: with what there is, and the value.
    """
    if value not in known:
        msg = f"{name} must be one of {', '.join(known)}, got {value!r}"
        raise ValueError(msg)
