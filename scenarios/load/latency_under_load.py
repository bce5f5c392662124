"""latency-under-load, a stress test: messages on a schedule that does not wait.

Message i is due at start + i / rate, and its latency counts from then: the delay of a late
sender adds to every message it could not send meanwhile (no coordinated omission).
"""

from collections.abc import Mapping

import numpy as np
from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words
from zbench.core.metrics.histogram import BUCKETS, add
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    OPTIONS,
    RUN_TIMEOUT_S,
    CoreRun,
    expect,
    options_of,
    spawn_row,
)
from zbench.scenarios.support.resources import RESOURCES
from zbench.scenarios.support.streams import MASK_32, SEED, below, draw, seed_of, stream

TICK = 0
LOAD = 1
END = 2
NS_PER_SECOND = 1_000_000_000
MOST_WAITING = 1 << 24  # messages that may wait; more are dead letters, so a failed run

# The sender's state.
SENT = 0
STREAM = 1
BEGAN = 2  # time of the first tick, 0 before
TICKS = 3
MESSAGES = 4
RATE = 5
SERVERS = 6
FIRST = 7  # server

# A server's state.
SUM = 0
ENDS = 1
HISTOGRAM = 8


@behaviour
def sender(ctx: Context, state: Words, message: Words) -> None:
    """Send the messages due by now, then give way to the other actors until the next tick."""
    now = atomics.clock_ns()
    state[TICKS] += 1
    if state[BEGAN] == 0:
        state[BEGAN] = now
    intended = state[BEGAN] + due(state[SENT], state[RATE])
    while state[SENT] < state[MESSAGES] and intended <= now:
        server = state[FIRST] + below(state, STREAM, state[SERVERS])
        ctx.send(server, LOAD, draw(state, STREAM), intended)
        state[SENT] += 1
        intended = state[BEGAN] + due(state[SENT], state[RATE])
    if state[SENT] < state[MESSAGES]:
        ctx.send(ctx.self_ref(), TICK)
        ctx.give_way()
    else:
        for k in range(state[SERVERS]):
            ctx.send(state[FIRST] + k, END)


@behaviour
def server(ctx: Context, state: Words, message: Words) -> None:
    """Add up the messages' values, and record how late after its due time each one comes."""
    if kind_of(message[HEADER]) == LOAD:
        state[SUM] = (state[SUM] + message[DATA]) & MASK_32
        add(state, HISTOGRAM, atomics.clock_ns() - message[DATA + 1])
    else:
        state[ENDS] += 1
        ctx.finish()


@kernel
def due(i: int, rate: int) -> int:
    """Due time of message i, in ns from the start; in two parts, which don't overflow."""
    return i // rate * NS_PER_SECOND + i % rate * NS_PER_SECOND // rate


@kernel
def expected_sum(streams: Words, servers: int, messages: int) -> int:
    """Sum over servers s of (s + 1) times its sum, modulo 2**32; uses the stream up."""
    total = 0
    for _ in range(messages):
        server = below(streams, 0, servers)
        total = (total + (server + 1) * draw(streams, 0)) & MASK_32
    return total


def prepare(parameters: Parameters) -> CoreRun:
    """One sender and its servers."""
    servers, rate = int(parameters["servers"]), int(parameters["rate"])
    messages = int(parameters["messages"])
    first_state = stream(seed_of(parameters), 0)
    system = ActorSystem(
        [sender, server],
        actors=servers + 1,
        messages=min(messages, MOST_WAITING) + 128 * servers + (1 << 16),
        state_words=HISTOGRAM + BUCKETS,
        **options_of(parameters),
    )
    system.settings.batch = int(parameters["batch"])
    sends = system.spawn(sender)
    first, states = spawn_row(system, server, servers)
    sender_state = system.state(sends)
    factors = np.arange(1, servers + 1)

    def reset() -> None:
        sender_state[:8] = 0, first_state, 0, 0, messages, rate, servers, first
        states[:] = 0

    def extra(counted: Mapping[str, np.ndarray]) -> dict[str, float]:
        return {"ticks": float(sender_state[TICKS])}

    def latency() -> np.ndarray:
        return np.asarray(states[:, HISTOGRAM:].sum(axis=0))

    return CoreRun(
        system,
        start=lambda: sends.tell(TICK),
        messages=messages,
        uncounted=lambda: int(sender_state[TICKS]) + int(states[:, ENDS].sum()),
        answer=lambda: int(states[:, SUM] @ factors) & MASK_32,
        wanted=expected_sum(np.array([first_state]), servers, messages),
        check=lambda: expect("the number of messages timed", int(latency().sum()), messages),
        finishes=servers,
        reset=reset,
        latency=latency,
        extra=extra,
        resources=True,
        timeout_s=RUN_TIMEOUT_S + messages / rate,
    )


SCENARIOS = (
    Scenario(
        name="latency-under-load",
        purpose="offered load on a schedule; latency from the time each message was intended for",
        category=Category.STRESS,
        parameters=(
            Parameter("servers", 4, "receiving actors", 1, 10_000),
            Parameter("rate", 200_000, "messages offered a second", 1, 10**9),
            Parameter("messages", 100_000, "messages sent", 1, 10**11, quick=20_000),
            SEED,
            Parameter(
                "batch", shared_words.BATCH, "messages an actor handles before others run", 1, 4096
            ),
            *OPTIONS,
        ),
        prepare=prepare,
        extras={"ticks": "turns the sender took", **RESOURCES},
    ),
)
