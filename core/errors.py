"""The exceptions of the core, and the refusal of arguments that make no sense."""

from collections.abc import Sequence

# By the option of the tables: the argument of ActorSystem that turns it on.
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
    """The system cannot do what was asked."""


class BlockPoolError(RuntimeError):
    """A block cannot be had, or a ref is out of date."""


class DirectoryError(RuntimeError):
    """The directory cannot do what was asked."""


class EventBusError(RuntimeError):
    """The event bus cannot do what was asked."""


class MissingTablesError(TypeError):
    """A behaviour uses an option that its system was not given: blocks, names, a stash, ...

    Compiled, ``ActorSystem(...)`` raises it; uncompiled, it is a fault of the actor.
    """

    def __init__(self, method: str, field: str) -> None:
        super().__init__(f"ctx.{method} needs ActorSystem(..., {OPTIONS[field]})")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number out of its range.

    Raises:
        ValueError: with the name, what is allowed, and the value.
    """
    if not low <= value <= high:
        msg = f"{name} must be {low} to {high}, got {value}"
        raise ValueError(msg)


def check_among(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse an unknown name.

    Raises:
        ValueError: with what there is, and the value.
    """
    if value not in known:
        msg = f"{name} must be one of {', '.join(known)}, got {value!r}"
        raise ValueError(msg)
