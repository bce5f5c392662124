"""Events of an actor system for Python: one frozen dataclass for each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from zbench.core.events import event_ring

Ending = Literal["unknown", "stopped", "poisoned", "killed", "failed", "parent stopped"]
Loss = Literal["no actor", "unread", "no room"]
Measure = Literal["dead letters", "failures", "waiting messages", "dropped events"]

ENDINGS: tuple[Ending, ...] = (
    "unknown",
    "stopped",
    "poisoned",
    "killed",
    "failed",
    "parent stopped",
)
LOSSES: tuple[Loss, ...] = ("no actor", "unread", "no room")


@dataclass(frozen=True)
class Event:
    """Fields of every event.

    Attributes:
        time_ns: time by CLOCK_MONOTONIC (``time.perf_counter_ns``).
        worker: row of the worker that wrote the event; the row after the last worker's
            belongs to Python's threads, and -1 is the bus itself.
        number: number of the event in that row, from 0; a gap means dropped events. -1 for
            an event of the bus itself.
    """

    time_ns: int
    worker: int
    number: int


@dataclass(frozen=True)
class SystemStarted(Event):
    """The workers are about to run."""

    workers: int


@dataclass(frozen=True)
class SystemStopped(Event):
    """The workers have ended; the last event."""


@dataclass(frozen=True)
class ActorCreated(Event):
    """An actor was created; parent is -1 where actors are not supervised."""

    actor: int
    parent: int
    behaviour: int  # index


@dataclass(frozen=True)
class ActorDestroyed(Event):
    """An actor has ended: its reference is out of date from now on."""

    actor: int
    parent: int
    reason: Ending


@dataclass(frozen=True)
class ActorRestarted(Event):
    """An actor was restarted: it has its initial state again."""

    actor: int
    parent: int
    behaviour: int  # index
    restarts: int  # in the present window


@dataclass(frozen=True)
class MessageSent(Event):
    """One of ``stands_for`` messages that a worker sent; sender is -1 for Python."""

    sender: int
    receiver: int
    kind: int
    stands_for: int  # messages


@dataclass(frozen=True)
class DeadLetter(Event):
    """A message that no actor handles; kind is -1 for the request of ``poison``."""

    sender: int
    receiver: int
    kind: int
    reason: Loss


@dataclass(frozen=True)
class PerformanceAlert(Event):
    """A figure has passed its threshold (core.events.alerts)."""

    measure: Measure
    value: float
    threshold: float


Row = Sequence[int]


def _created(row: Row) -> Event:
    actor, parent, behaviour, _ = row[event_ring.ACTOR : event_ring.NUMBER]
    return ActorCreated(*_place(row), actor, parent, behaviour)


def _destroyed(row: Row) -> Event:
    actor, parent, reason, _ = row[event_ring.ACTOR : event_ring.NUMBER]
    return ActorDestroyed(*_place(row), actor, parent, ENDINGS[reason])


def _restarted(row: Row) -> Event:
    actor, parent, behaviour, restarts = row[event_ring.ACTOR : event_ring.NUMBER]
    return ActorRestarted(*_place(row), actor, parent, behaviour, restarts)


def _sent(row: Row) -> Event:
    sender, receiver, kind, stands_for = row[event_ring.ACTOR : event_ring.NUMBER]
    return MessageSent(*_place(row), sender, receiver, kind, stands_for)


def _dead_letter(row: Row) -> Event:
    sender, receiver, kind, reason = row[event_ring.ACTOR : event_ring.NUMBER]
    return DeadLetter(*_place(row), sender, receiver, kind, LOSSES[reason])


def _place(row: Row) -> tuple[int, int, int]:
    """The fields that every event has."""
    return row[event_ring.TIME], row[event_ring.ROW], row[event_ring.NUMBER]


DECODERS: dict[int, Callable[[Row], Event]] = {
    event_ring.CREATED: _created,
    event_ring.DESTROYED: _destroyed,
    event_ring.RESTARTED: _restarted,
    event_ring.SENT: _sent,
    event_ring.DEAD_LETTER: _dead_letter,
}


def decode(row: Row) -> Event:
    """The event in a row of SLOT_WORDS int64 words, as a worker wrote it."""
    return DECODERS[row[event_ring.KIND]](row)
