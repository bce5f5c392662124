"""Making actors and routers from Python."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors.refs import ActorRef
from zbench.core.delivery.router_handles import Router, Strategy, values_of
from zbench.core.errors import ActorSystemError
from zbench.core.lifecycle.props import Behaviour, Props
from zbench.core.system import entry_points
from zbench.core.system.messaging import Messaging


class ActorFactory(Messaging):
    """The part of ``ActorSystem`` that makes actors and routers."""

    def behaviour(self, name: str) -> int:
        """Index of a behaviour, for ``ctx.spawn`` and ``ctx.become``.

        Raises:
            ValueError: if no behaviour has the name, or several have.
        """
        return self.behaviours.index(name)

    def spawn(self, behaviour: Behaviour | Props | str, *state: int) -> ActorRef:
        """Make an actor with a behaviour, or its name, and its first words of state."""
        return ActorRef(self, int(self.spawn_many(behaviour, 1, *state)[0]))

    def spawn_many(
        self, behaviour: Behaviour | Props | str, number: int, *state: int
    ) -> NDArray[np.int64]:
        """Make ``number`` actors with the same first words of state; their references.

        Raises:
            ActorSystemError: if the system has no room for all of them.
            ValueError: if the behaviour is not one of the system's, or the state is too
                long.
        """
        refs = np.empty(number, np.int64)
        words = np.zeros(self.tables.state_words, np.int64)
        if len(state) > len(words):
            msg = f"{len(state)} words of state given, actors have {len(words)}; raise state_words"
            raise ValueError(msg)
        words[: len(state)] = state
        if isinstance(behaviour, str):
            index = self.behaviours.index(behaviour)
        else:
            index = self.program.index(behaviour)
        with self._lock:
            made = entry_points.spawn_many(self.tables, index, words, refs)
        if made < number:
            msg = f"room for {self.tables.actors} actors is used up; raise actors"
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
            ValueError: on an unknown routing logic, or a reference that is not an actor's.
        """
        return self._routers.make(self, strategy, values_of(refs), room)

    def router_pool(
        self,
        strategy: Strategy,
        behaviour: Behaviour | Props,
        number: int,
        *state: int,
        room: int | None = None,
    ) -> Router:
        """Make actors as ``spawn_many`` does, and a router over them as ``router`` does."""
        return self.router(strategy, self.spawn_many(behaviour, number, *state), room=room)
