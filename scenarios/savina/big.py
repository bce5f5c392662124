"""big: every actor pings others at random, many to many."""

import numpy as np
from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import kernel
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of, spawn_row
from zbench.scenarios.support.streams import SEED, below, seed_of, stream

START = 0
PING = 1
PONG = 2
EXIT = 3

# A member's state.
LEFT = 0  # pings yet to be sent
STREAM = 1
SUM = 2  # of the numbers of those pinged
EXPECTED = 3  # number of the member whose pong is to come
WRONG = 4  # pongs of other members
NUMBER = 5  # its own
ACTORS = 6
SINK = 7


@behaviour
def member(ctx: Context, state: Words, message: Words) -> None:
    """Ping another one for the start and for every pong; answer every ping."""
    kind = kind_of(message[HEADER])
    if kind == PING:
        ctx.reply(PONG, state[NUMBER])
    else:
        if kind == PONG:
            state[WRONG] += message[DATA] != state[EXPECTED]
            state[SUM] += message[DATA]
        if state[LEFT] == 0:
            ctx.send(state[SINK], EXIT, state[SUM])
        else:
            state[LEFT] -= 1
            state[EXPECTED] = below(state, STREAM, state[ACTORS])
            # Members have consecutive references.
            ctx.send(ctx.self_ref() - state[NUMBER] + state[EXPECTED], PING)


@behaviour
def sink(ctx: Context, state: Words, message: Words) -> None:
    """Add up in state[0] what state[1] members report."""
    state[0] += message[DATA]
    state[1] -= 1
    if state[1] == 0:
        ctx.finish()


@kernel
def expected_sum(streams: Words, actors: int, pings: int) -> int:
    """Sum of the numbers of all members pinged; uses the streams up."""
    total = 0
    for k in range(actors):
        for _ in range(pings):
            total += below(streams, k, actors)
    return total


def prepare(parameters: Parameters) -> CoreRun:
    """The members and their sink."""
    actors = int(parameters["actors"])
    pings = int(parameters["pings"])
    system = ActorSystem(
        [member, sink],
        actors=actors + 1,
        messages=128 * actors + (1 << 16),
        **options_of(parameters),
    )
    sums = system.spawn(sink)
    first, states = spawn_row(system, member, actors)
    states[:, NUMBER] = np.arange(actors)
    states[:, ACTORS] = actors
    states[:, SINK] = sums.value
    streams = np.array([stream(seed_of(parameters), k) for k in range(actors)])

    def reset() -> None:
        system.state(sums)[:2] = 0, actors
        states[:, LEFT] = pings
        states[:, STREAM] = streams
        states[:, [SUM, WRONG]] = 0

    return CoreRun(
        system,
        start=lambda: system.tell_many(np.arange(first, first + actors), START),
        messages=2 * actors * pings + 2 * actors,
        answer=lambda: int(system.state(sums)[0]),
        wanted=expected_sum(streams.copy(), actors, pings),
        check=lambda: expect("the number of unexpected pongs", int(states[:, WRONG].sum()), 0),
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="big",
        purpose="actors ping each other at random: many to many",
        category=Category.MICRO,
        parameters=(
            Parameter("actors", 120, "actors that ping", 1, 100_000),
            Parameter("pings", 5_000, "pings of each actor", 1, 10**7, quick=500),
            SEED,
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
