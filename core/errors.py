"""Exceptions of the core, and checks of arguments.

Each check raises a TypeError or a ValueError of one line, which names the argument, what is
allowed, and the value. Numbers of numpy are taken as Python's; a kernel gets plain ints, so that
no call compiles it for another type.
"""

import numbers
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

LEAST_WORD, MOST_WORD = -(1 << 63), (1 << 63) - 1
WORD_BOUNDS = {LEAST_WORD: "-2**63", MOST_WORD: "2**63 - 1"}
LONGEST_S = 1e9  # 31 years; longer durations are cut to it
BOOLEANS = (bool, np.bool_)
MOST_SHOWN = 60  # characters of a value in a message

# Options of the tables, each with the argument of ActorSystem that turns it on.
OPTIONS = {
    "blocks": "blocks=BlockPool(...)",
    "routes": "directory=Directory(...)",
    "has_stash": "stash=10_000",
    "has_timers": "timers=10_000",
    "has_watches": "watches=10_000",
    "has_questions": "questions=10_000",
    "wide": "message_bytes=128",
    "has_system_messages": "system_messages=10_000",
}


class ActorSystemError(RuntimeError):
    """An actor system cannot carry out a call."""


class BehaviourError(ActorSystemError):
    """A behaviour or hook cannot be compiled.

    The message has its name, file and line, the construct, and the code to write instead; the
    beginning of numba's message is in the exception's notes.
    """


class BlockPoolError(RuntimeError):
    """No block of the pool is free, or a ref is out of date."""


class DirectoryError(RuntimeError):
    """A directory cannot carry out a call."""


class EventBusError(RuntimeError):
    """An event bus cannot carry out a call."""


class MissingTablesError(TypeError):
    """A behaviour uses an option that its system lacks: blocks, names, a stash, ...

    ``ActorSystem(...)`` raises it; in uncompiled code it is a fault of the actor.
    """

    def __init__(self, method: str, field: str) -> None:
        super().__init__(f"ctx.{method} needs ActorSystem(..., {OPTIONS[field]})")


def check_range(name: str, value: object, low: float, high: float) -> None:
    """Refuse a number out of its range.

    Raises:
        TypeError: naming the argument, if it is no number.
        ValueError: naming the argument, its range and its value.
    """
    if not low <= _real(name, "a number", value) <= high:
        raise _out_of_range(name, value, low, high)


def check_among(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse an unknown name.

    Raises:
        ValueError: naming the argument, the known names and the value.
    """
    if not isinstance(value, str) or value not in known:
        msg = f"{name} must be one of {', '.join(known)}, got {shown(value)}"
        raise ValueError(msg)


def check_is(name: str, value: object, kinds: type | tuple[type, ...], wanted: str) -> None:
    """Refuse a value that is no instance of these classes.

    Raises:
        TypeError: naming the argument, what it must be, and the value.
    """
    if not isinstance(value, kinds):
        raise _wrong_type(name, wanted, value)


def check_flag(name: str, value: object) -> None:
    """Refuse anything but True and False."""
    check_is(name, value, bool, "True or False")


def integer(name: str, value: object, low: int = LEAST_WORD, high: int = MOST_WORD) -> int:
    """An argument as an int: any integer, numpy's too, but not True and False.

    Raises:
        TypeError: naming the argument, if it is no integer.
        ValueError: naming the argument, its range and its value.
    """
    if isinstance(value, BOOLEANS) or not hasattr(value, "__index__"):
        raise _wrong_type(name, "an integer", value)
    try:
        whole = operator.index(value)
    except TypeError:  # an array of several elements
        raise _wrong_type(name, "an integer", value) from None
    if not low <= whole <= high:
        raise _out_of_range(name, whole, low, high)
    return whole


def word(name: str, value: object) -> int:
    """A word of a message or of a state as an int; as ``integer``, and True is 1, False is 0."""
    return int(value) if isinstance(value, BOOLEANS) else integer(name, value)


def seconds(name: str, value: object, most: float = LONGEST_S) -> float:
    """A duration in seconds as a float, ``most`` if it is longer; infinity is allowed.

    Raises:
        TypeError: naming the argument, if it is no number.
        ValueError: if it is below 0 or not a number.
    """
    real = _real(name, "a number of seconds", value)
    if not real >= 0:
        msg = f"{name} must be 0 or more seconds, got {shown(value)}"
        raise ValueError(msg)
    return float(min(real, most))


def shown(value: object) -> str:
    """A value in one short line of an error message."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an int of many thousand digits, or a broken __repr__
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _real(name: str, wanted: str, value: object) -> Any:
    """A number, though not True or False; it may not be finite."""
    # To Python numpy's durations are integers; they compare with no number.
    refused = (*BOOLEANS, np.timedelta64)
    if isinstance(value, refused) or not isinstance(value, numbers.Real):
        raise _wrong_type(name, wanted, value)
    return value


def _wrong_type(name: str, wanted: str, value: object) -> TypeError:
    return TypeError(f"{name} must be {wanted}, got {shown(value)}")


def _out_of_range(name: str, value: object, low: float, high: float) -> ValueError:
    return ValueError(f"{name} must be {_power(low)} to {_power(high)}, got {shown(value)}")


def _power(bound: float) -> str:
    """A bound of a range; those of a word as powers of two."""
    if isinstance(bound, int) and bound in WORD_BOUNDS:
        return WORD_BOUNDS[bound]
    return str(bound)
