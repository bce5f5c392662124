"""fork-join-creation: one actor creates many, sends each a message and gets its reply."""

from collections.abc import Mapping

import numpy as np
from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.memory.index_pool import POOL_BATCH
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    OPTIONS,
    RUN_TIMEOUT_S,
    CoreRun,
    actor_bytes,
    expect,
    options_of,
    workers_of,
)
from zbench.scenarios.support.resources import memory

START = 0
CREATE = 1
CREATED = 2
CHILD = 1  # index of the behaviour `child`


@behaviour
def creator(ctx: Context, state: Words, message: Words) -> None:
    """Create state[0] actors; state[1] are yet to reply, state[2] is the sum of replies."""
    if kind_of(message[HEADER]) == START:
        for k in range(state[0]):
            ctx.send(ctx.spawn(CHILD), CREATE, k)
    else:
        state[2] += message[DATA]
        state[1] -= 1
        if state[1] == 0:
            ctx.finish()


@behaviour
def child(ctx: Context, state: Words, message: Words) -> None:
    """Reply to the creator."""
    ctx.reply(CREATED, message[DATA] + 1)


class Population:
    """The actors that a run creates, which live until the next run starts."""

    def __init__(self, system: ActorSystem) -> None:
        self.system = system
        self.resident = 0
        self.growth = 0  # of resident memory by a run, the greatest so far

    def stop(self) -> None:
        """Stop the actors of the previous run."""
        self.system.poison(*self.alive().tolist())
        self.system.await_rest(RUN_TIMEOUT_S)
        self.resident = memory()[0]

    def alive(self) -> np.ndarray:
        """References to the live actors, in the order of their slots."""
        lines = self.system.tables.actor.reshape(-1, LINE)
        slots = np.flatnonzero(lines[:, actor_row.BEHAVIOUR] == CHILD)
        return np.asarray(lines[slots, actor_row.REF])

    def extra(self, actors: int) -> dict[str, float]:
        """Memory of each actor. Caller: at rest, before the next run."""
        self.growth = max(self.growth, memory()[0] - self.resident)
        return {
            "retained_bytes_per_actor": actor_bytes(self.system) * len(self.alive()) / actors,
            "resident_bytes_per_actor": self.growth / actors,
        }


def prepare(parameters: Parameters) -> CoreRun:
    """One creator in a system with room for its children."""
    actors = int(parameters["actors"])
    system = ActorSystem(
        [creator, child],
        # The workers' caches keep some slots that the creator cannot have.
        actors=actors + 1 + 2 * POOL_BATCH * (workers_of(parameters) + 1),
        messages=2 * actors + (1 << 16),
        mailbox_capacity=int(parameters["capacity"]),
        **options_of(parameters),
    )
    creates = system.spawn(creator)
    population = Population(system)
    state = system.state(creates)

    def reset() -> None:
        state[:3] = actors, actors, 0
        population.stop()

    def extra(counted: Mapping[str, np.ndarray]) -> dict[str, float]:
        return population.extra(actors)

    return CoreRun(
        system,
        start=lambda: creates.tell(START),
        messages=2 * actors + 1,
        answer=lambda: int(state[2]),
        wanted=actors * (actors + 1) // 2,
        check=lambda: expect("the number of live actors", len(population.alive()), actors),
        reset=reset,
        extra=extra,
    )


SCENARIOS = (
    Scenario(
        name="fork-join-creation",
        purpose="actors created from inside, each with a message and its reply",
        category=Category.MICRO,
        parameters=(
            Parameter("actors", 100_000, "actors created", 1, 10**7, quick=10_000),
            Parameter("capacity", 2, "slots of a mailbox's ring", choices=(2, 4, 8, 16, 32, 64)),
            *OPTIONS,
        ),
        prepare=prepare,
        extras={
            "retained_bytes_per_actor": "size of the tables' rows of the actors alive after a run",
            "resident_bytes_per_actor": "resident memory that creating them added at first",
        },
    ),
)
