"""ping-pong: the cost of one message between two actors when nothing else runs."""

import numpy as np
from zbench.core import DATA, ActorSystem, Context, Words, behaviour
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE
from zbench.core.metrics.clock import tick_scale, to_ns
from zbench.core.metrics.histogram import BUCKETS, add
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import MESSAGE_BYTES, OPTIONS, CoreRun, expect, options_of

PING = 1
PONG = 2
HISTOGRAM = 4  # a timed actor's state: as untimed, then scale of the clock, -, histogram


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


@behaviour
def timed_ping(ctx: Context, state: Words, message: Words) -> None:
    """As ping; each message carries the time of its sending, each receipt is recorded."""
    if message[DATA] != 0:
        add(state, HISTOGRAM, to_ns(atomics.cycles() - message[DATA], state[2]))
    if state[0] == 0:
        ctx.finish()
    else:
        state[0] -= 1
        ctx.send(state[1], PING, atomics.cycles())


@behaviour
def timed_pong(ctx: Context, state: Words, message: Words) -> None:
    """As pong, with each receipt recorded."""
    add(state, HISTOGRAM, to_ns(atomics.cycles() - message[DATA], state[2]))
    state[0] += 1
    ctx.reply(PONG, atomics.cycles())


def prepare(parameters: Parameters) -> CoreRun:
    """Pairs of actors that share the exchanges equally."""
    pairs = int(parameters["pairs"])
    pings = max(1, int(parameters["pings"]) // pairs)
    timed = parameters["latency"] == "on"
    pinger, ponger = (timed_ping, timed_pong) if timed else (ping, pong)
    system = ActorSystem(
        [pinger, ponger],
        actors=2 * pairs,
        messages=1 << 16,
        state_words=HISTOGRAM + BUCKETS if timed else LINE,
        message_bytes=int(parameters["message_bytes"]),
        **options_of(parameters),
    )
    scale = tick_scale()
    pongers = system.spawn_many(ponger, pairs, 0, 0, scale)
    pingers = np.array([system.spawn(pinger, 0, int(peer), scale).value for peer in pongers])

    def reset() -> None:
        for actor in pingers:
            system.state(actor)[0] = pings
        for actor in pongers:
            system.state(actor)[0] = 0
        for actor in (*pingers, *pongers):
            system.state(actor)[HISTOGRAM:] = 0

    def check() -> str | None:
        errors = (expect("pongs of a pair", int(system.state(a)[0]), pings) for a in pongers)
        return next((e for e in errors if e), None)

    def latency() -> np.ndarray | None:
        if not timed:
            return None
        return np.sum([system.state(actor)[HISTOGRAM:] for actor in (*pingers, *pongers)], axis=0)

    return CoreRun(
        system,
        start=lambda: system.tell_many(pingers, PONG),
        check=check,
        answer=lambda: sum(int(system.state(a)[0]) for a in pongers),
        wanted=pairs * pings,
        messages=pairs * (2 * pings + 1),
        finishes=pairs,
        reset=reset,
        latency=latency,
    )


SCENARIOS = (
    Scenario(
        name="ping-pong",
        purpose="round trips between pairs of actors, one message under way in each pair",
        category=Category.MICRO,
        parameters=(
            Parameter("pings", 500_000, "round trips, shared by the pairs", 1, 10**9, quick=50_000),
            Parameter("pairs", 1, "independent pairs of actors", 1, 100_000),
            Parameter(
                "latency", "off", "time every message from send to receipt", choices=("off", "on")
            ),
            MESSAGE_BYTES,
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-cache-line",),
    ),
)
