"""Making actors and routers from Python."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors.refs import ActorRef
from zbench.core.delivery.router_handles import Router, Strategy
from zbench.core.errors import ActorSystemError, check_is, integer
from zbench.core.lifecycle.props import Behaviour, Props
from zbench.core.system import entry_points
from zbench.core.system.messaging import Messaging, words_of


class ActorFactory(Messaging):
    """The part of ``ActorSystem`` that makes actors and routers."""

    def behaviour(self, name: str) -> int:
        """Index of a behaviour, for ``ctx.spawn`` and ``ctx.become``.

        Raises:
            ValueError: if no behaviour has the name, or several have.
        """
        check_is("name", name, str, "a behaviour's name")
        return self.behaviours.index(name)

    def spawn(self, behaviour: Behaviour | Props | str, *state: int) -> ActorRef:
        """Make an actor with a behaviour, or its name, and its first words of state.

        Raises:
            ActorSystemError: as ``spawn_many``.
            TypeError: as ``spawn_many``.
            ValueError: as ``spawn_many``.
        """
        return ActorRef(self, int(self.spawn_many(behaviour, 1, *state)[0]))

    def spawn_many(
        self, behaviour: Behaviour | Props | str, number: int, *state: int
    ) -> NDArray[np.int64]:
        """Make ``number`` actors with the same first words of state; their references.

        All of them, or none if there is no room for all.

        Raises:
            ActorSystemError: if the system has no room for all of them.
            TypeError: if the number or a word is no integer.
            ValueError: if the behaviour is not one of the system's, the number is below 0,
                or the state is too long.
        """
        words = np.zeros(self._tables.state_words, np.int64)
        if len(state) > len(words):
            msg = f"{len(state)} words of state given, actors have {len(words)}; raise state_words"
            raise ValueError(msg)
        words[: len(state)] = words_of(state)
        if isinstance(behaviour, str):
            index = self.behaviours.index(behaviour)
        else:
            index = self.program.index(behaviour)
        wanted = integer("number", number, 0)
        # An array for more actors than the table has would only take memory.
        refs = np.empty(min(wanted, self._tables.actors + 1), np.int64)
        made = self._life.call(entry_points.spawn_many, index, words, refs)
        if made < wanted:
            msg = f"room for {self._tables.actors} actors is used up; raise actors"
            raise ActorSystemError(msg)
        return refs

    def router(
        self, strategy: Strategy, refs: Iterable[int | ActorRef], *, room: int | None = None
    ) -> Router:
        """Make a router over existing actors. Needs ``routers``.

        Args:
            strategy: the routing logic: "round-robin", "random", "least-mailbox" (idle
                actors first; a guess if others send to them too), "consistent-hash" (by
                the first word of data), or "broadcast" (every message to each actor).
            refs: the routees; repeated ones count once.
            room: room for routees added later too; None: for twice as many as now, at
                least 8.

        Raises:
            ActorSystemError: if there is no room for another router or its routees.
            TypeError: on a value that is no reference.
            ValueError: on an unknown routing logic, or a reference that is not an actor's
                of this system.
        """
        values = np.unique(self._values(refs))
        return self._routers.make(self, strategy, values, len(values), room)

    def router_pool(
        self,
        strategy: Strategy,
        behaviour: Behaviour | Props,
        number: int,
        *state: int,
        room: int | None = None,
    ) -> Router:
        """Make actors as ``spawn_many`` does, and a router over them as ``router`` does.

        It makes no actor if there is no room for the router.
        """
        wanted = integer("number", number, 0)

        def spawn() -> NDArray[np.int64]:
            return self.spawn_many(behaviour, wanted, *state)

        self.spawn_many(behaviour, 0, *state)  # compiled before the lock of the routers is taken
        return self._routers.make(self, strategy, spawn, wanted, room)
