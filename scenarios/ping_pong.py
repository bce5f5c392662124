"""ping-pong: what one message between two actors costs when nothing else goes on."""

import numpy as np

from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.core_run import DISPATCH, WORKERS, CoreRun, expect, form_of, workers_of

PING = 1
PONG = 2


@behaviour
def ping(ctx: Context, state: Words, message: Words) -> None:
    """Send a ping for the start and for every pong, state[0] times; state[1] is the peer."""
    if state[0] == 0:
        ctx.finish()
    else:
        state[0] -= 1
        ctx.send(state[1], PING)


@behaviour
def pong(ctx: Context, state: Words, message: Words) -> None:
    """Count and answer."""
    state[0] += 1
    ctx.reply(PONG)


def prepare(parameters: Parameters) -> CoreRun:
    """Pairs of actors that share the exchanges equally."""
    pairs = int(parameters["pairs"])
    pings = max(1, int(parameters["pings"]) // pairs)
    system = ActorSystem(
        [ping, pong],
        workers=workers_of(parameters),
        actors=2 * pairs,
        messages=1 << 16,
        dispatch=form_of(parameters),
    )
    pongers = system.spawn_many(pong, pairs)
    pingers = np.array([system.spawn(ping, 0, int(peer)).value for peer in pongers])

    def reset() -> None:
        for actor in pingers:
            system.state(actor)[0] = pings
        for actor in pongers:
            system.state(actor)[0] = 0

    def check() -> str | None:
        errors = (expect("pongs of a pair", int(system.state(a)[0]), pings) for a in pongers)
        return next((e for e in errors if e), None)

    return CoreRun(
        system,
        start=lambda: system.tell_many(pingers, PONG),
        check=check,
        messages=pairs * (2 * pings + 1),
        finishes=pairs,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="ping-pong",
        purpose="round trips between pairs of actors, one message under way in each pair",
        category=Category.MICRO,
        parameters=(
            Parameter("pings", 500_000, "round trips, shared by the pairs", 1, 10**9, quick=50_000),
            Parameter("pairs", 1, "independent pairs of actors", 1, 100_000),
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare,
        floors=("floor-cache-line",),
    ),
)
