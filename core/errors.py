"""Exceptions of the core, and checks of arguments."""

from collections.abc import Sequence

# Options of the tables, each with the argument of ActorSystem that turns it on.
OPTIONS = {
    "blocks": "blocks=BlockPool(...)",
    "routes": "directory=Directory(...)",
    "has_stash": "stash=10_000",
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


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number out of its range.

    Raises:
        ValueError: naming the argument, its range and its value.
    """
    if not low <= value <= high:
        msg = f"{name} must be {low} to {high}, got {value}"
        raise ValueError(msg)


def check_among(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse an unknown name.

    Raises:
        ValueError: naming the argument, the known names and the value.
    """
    if value not in known:
        msg = f"{name} must be one of {', '.join(known)}, got {value!r}"
        raise ValueError(msg)
