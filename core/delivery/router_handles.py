"""Routers for Python: create them, change and read their lists of routees."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors.refs import SLOT_MASK, ActorRef, Mailer
from zbench.core.compile.prepared import Prepared
from zbench.core.delivery import routers
from zbench.core.errors import ActorSystemError, check_among, integer, shown
from zbench.core.memory.layout import actor_row, router_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables

Strategy = Literal["round-robin", "random", "least-mailbox", "consistent-hash", "broadcast"]
MOST_ROUTERS = 1 << 16


@dataclass(frozen=True)
class Router(ActorRef):
    """A reference that stands for many actors; send to it as to an actor.

    The actor that gets a message sees the original sender, and replies to it. Without a live
    routee a message is a dead letter. ``poison`` and ``kill`` apply to actors: pass them
    ``router.routees()``.
    """

    _routers: "Routers" = field(repr=False, compare=False)

    def add(self, *refs: int | ActorRef) -> None:
        """Add actors to the list, and drop those that have ended.

        Raises:
            ActorSystemError: if there is no room for them, or the system was stopped.
            ValueError: on a reference that is not an actor's of this system.
        """
        self._routers.change(self.value, add=values_of(self.system, refs))

    def remove(self, *refs: int | ActorRef) -> None:
        """Remove actors from the list; messages already sent to them stay with them.

        A sender that is just picking may still choose one. Other references are ignored.
        """
        self._routers.change(self.value, remove=values_of(self.system, refs))

    def routees(self) -> list[ActorRef]:
        """The actors behind the router that have not ended."""
        found = self._routers.alive(self._routers.listed(self.value))
        return [ActorRef(self.system, int(ref)) for ref in found]


class Routers:
    """The routers of one system; no row is given back before the system ends."""

    def __init__(
        self, tables: Tables, check: Callable[[], None], check_process: Callable[[], None]
    ) -> None:
        self._tables = tables
        self._check_life = check  # refuses changes after the end of the system
        self._check_process = check_process
        self._prepare = Prepared(tables.router, ActorSystemError).prepare
        self._lock = threading.RLock()  # owns the lists; a signal handler may change them too
        self._made = 0
        self._used = 0  # words of the table of routees

    def make(
        self,
        system: Mailer,
        strategy: Strategy,
        refs: NDArray[np.int64] | Callable[[], NDArray[np.int64]],
        number: int,
        room: int | None,
    ) -> Router:
        """A new router; see ``ActorSystem.router``.

        ``refs`` are its ``number`` routees, or make them once there is room for the router.
        """
        check_among("strategy", strategy, routers.STRATEGIES)
        room = max(8, 2 * number) if room is None else room
        room = integer("room", room, max(1, number), routers.MOST_ROUTEES)
        self._compile()
        with self._lock:
            self._check_life()
            self._check_room(room)
            routees = np.unique(refs() if callable(refs) else refs)
            self._check(routees)
            value = self._new_row(routers.STRATEGIES.index(strategy), room)
            self._publish(value, routees)
        return Router(system, value, self)

    def _compile(self) -> None:
        """Compile all kernels that a holder of the lock calls."""
        no_words = np.empty(0, np.int64)
        routers.count_of(routers.section_of(np.zeros(router_row.WORDS, np.int64), 0, 0))
        self._prepare(routers.fill_points, no_words)
        self._prepare(routers.publish, self._tables.routee, 0, no_words, no_words)

    def _check_room(self, room: int) -> None:
        """Refuse another router if there is no room for it."""
        t = self._tables
        most = len(t.router) // router_row.WORDS
        if most == 0:
            msg = "this system has no routers; give ActorSystem(..., routers=16)"
            raise ActorSystemError(msg)
        if self._made == most:
            msg = f"room for {most} routers is used up; give ActorSystem(..., routers={most + 16})"
            raise ActorSystemError(msg)
        if self._used + 2 * room * (1 + router_row.POINTS) > len(t.routee):
            left = (len(t.routee) - self._used) // (2 * (1 + router_row.POINTS))
            msg = f"room for {left} routees is left, a router asks for {room}; raise routees"
            raise ActorSystemError(msg)

    def _new_row(self, strategy: int, room: int) -> int:
        """The reference of a router without routees."""
        t = self._tables
        row = t.router[self._made * router_row.WORDS :]
        row[router_row.LOGIC], row[router_row.FIRST], row[router_row.ROUTEES] = (
            strategy,
            self._used,
            room,
        )
        self._used += 2 * room * (1 + router_row.POINTS)
        self._made += 1
        return routers.ROUTER_SLOT + self._made - 1

    def change(
        self,
        value: int,
        add: Iterable[int] | NDArray[np.int64] = (),
        remove: Iterable[int] | NDArray[np.int64] = (),
    ) -> None:
        """Publish a router's list with routees added and removed."""
        added = np.asarray(add, np.int64)
        self._check(added)
        self._compile()
        with self._lock:
            self._check_life()
            kept = self.alive(np.setdiff1d(self.listed(value), np.asarray(remove, np.int64)))
            refs = np.union1d(kept, added)
            room = int(self._tables.router[self._row(value) + router_row.ROUTEES])
            if len(refs) > room:
                msg = f"the router has room for {room} routees, not for {len(refs)}; raise room"
                raise ActorSystemError(msg)
            self._publish(value, refs)

    def listed(self, value: int) -> NDArray[np.int64]:
        """References in a router's list, ascending; some may have ended."""
        self._check_process()
        t, row = self._tables, self._row(value)
        while True:
            version = int(t.router[row + router_row.LIST])
            first = int(routers.section_of(t.router, row, version))
            refs = t.routee[first : first + int(routers.count_of(version))].copy()
            if int(t.router[row + router_row.LIST]) == version:
                return refs

    def alive(self, refs: NDArray[np.int64]) -> NDArray[np.int64]:
        """References whose actors have not ended."""
        return refs[self._tables.actor[(refs & SLOT_MASK) * LINE + actor_row.REF] == refs]

    def _publish(self, value: int, refs: NDArray[np.int64]) -> None:
        t, row = self._tables, self._row(value)
        points = np.empty(0, np.int64)
        if t.router[row + router_row.LOGIC] == routers.CONSISTENT_HASH:
            points = np.empty(len(refs) * router_row.POINTS, np.int64)
            routers.fill_points(refs, points)
            points.sort()
        routers.publish(t.router, t.routee, row, refs, points)

    def _check(self, refs: NDArray[np.int64]) -> None:
        """Refuse references that are no actor's."""
        wrong = refs[(refs <= 0) | ((refs & SLOT_MASK) >= self._tables.actors)]
        if len(wrong):
            msg = f"routees must be actors of this system, got the reference {wrong[0]}"
            raise ValueError(msg)

    def _row(self, value: int) -> int:
        return (value - routers.ROUTER_SLOT) * router_row.WORDS


def value_of(system: object, to: int | ActorRef) -> int:
    """A reference to an actor of a system as a word.

    Raises:
        TypeError: on a value that is no reference.
        ValueError: on a reference of another system, or an integer that is no word.
    """
    if not isinstance(to, ActorRef):
        return integer("a reference", to)
    if to.system is not system:
        msg = f"reference {to.value:#x} is of another ActorSystem, which alone knows its actor"
        raise ValueError(msg)
    return to.value


def values_of(
    system: object, to: Iterable[int | ActorRef] | NDArray[np.integer]
) -> NDArray[np.int64]:
    """References to actors of a system as words, in a new array; raises as ``value_of`` does."""
    if isinstance(to, np.ndarray):
        if to.ndim == 1 and to.dtype.kind in "iu" and to.dtype != np.uint64:
            return np.array(to, np.int64)
        to = to.tolist() if to.ndim == 1 else to
    if isinstance(to, str | bytes | np.ndarray) or not isinstance(to, Iterable):
        msg = f"references must be integers or ActorRefs, in one sequence, got {shown(to)}"
        raise TypeError(msg)
    return np.array([value_of(system, ref) for ref in to], np.int64)
