"""end-to-end: clients' requests pass through stages of actors.

Each worker records latency in a histogram of its own, in the ledger.
"""

import numpy as np
from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.metrics.clock import tick_scale, to_ns
from zbench.core.metrics.histogram import BUCKETS, add
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    OPTIONS,
    CoreRun,
    expect,
    options_of,
    spawn_row,
    workers_of,
)
from zbench.scenarios.support.ledger import new_ledger, page
from zbench.scenarios.support.resources import RESOURCES
from zbench.scenarios.support.streams import MASK_32, MULTIPLIER, SEED, draw, seed_of, stream

START = 0
REQUEST = 1
REPLY = 2
CLIENT = -1  # stands for the client in place of the next stage's actor

STATE_WORDS = 16

# A client's state; that of a stage's actor is the next actor and the number it adds.
LEFT = 0  # requests yet to be sent
STREAM = 1
SUM = 2
SENT_AT = 3
NEXT = 4  # number of the actor that gets the next request
FIRST = 5  # actor of stage 0
WIDTH = 6
SCALE = 7  # of the clock
LEDGER = 8  # first word of the ledger: number of clients not done, then the histograms


@behaviour
def client(ctx: Context, state: Words, message: Words) -> None:
    """Send a request for the start and for every reply."""
    if kind_of(message[HEADER]) == REPLY:
        mine = state[LEDGER] + 1 + ctx.worker * BUCKETS
        add(ctx.tables.state, mine, to_ns(atomics.cycles() - state[SENT_AT], state[SCALE]))
        state[SUM] += message[DATA]
    if state[LEFT] == 0:
        # acq_rel, so that the last client to be done has seen the writes of all others.
        if atomics.fetch_add(ctx.tables.state, state[LEDGER], -1) == 1:
            ctx.finish()
    else:
        state[LEFT] -= 1
        to = state[FIRST] + state[NEXT]
        state[NEXT] = (state[NEXT] + 1) % state[WIDTH]
        value = draw(state, STREAM)
        state[SENT_AT] = atomics.cycles()
        ctx.send(to, REQUEST, value, ctx.self_ref())


@behaviour
def stage(ctx: Context, state: Words, message: Words) -> None:
    """Compute, and pass the value on to state[0] or to the client; state[1] is added."""
    value = (message[DATA] * MULTIPLIER + state[1]) & MASK_32
    if state[0] == CLIENT:
        ctx.send(message[DATA + 1], REPLY, value)
    else:
        ctx.send(state[0], REQUEST, value, message[DATA + 1])


@kernel
def expected_sum(streams: Words, requests: int, stages: int) -> int:
    """Sum of final values modulo 2**32; uses the streams up."""
    total = 0
    for k in range(len(streams)):
        for _ in range(requests):
            value = draw(streams, k)
            for s in range(stages):
                value = (value * MULTIPLIER + s + 1) & MASK_32
            total = (total + value) & MASK_32
    return total


def spawn_stages(system: ActorSystem, stages: int, width: int) -> int:
    """The actors of all stages, each knowing the next; the first of stage 0."""
    first, states = spawn_row(system, stage, stages * width)
    number = np.arange(stages * width)
    after = (number // width + 1) * width + (number + 1) % width
    states[:, 0] = np.where(number // width == stages - 1, CLIENT, first + after)
    states[:, 1] = number // width + 1
    return first


def prepare(parameters: Parameters) -> CoreRun:
    """The clients, the stages, and the workers' histograms."""
    clients, requests = int(parameters["clients"]), int(parameters["requests"])
    stages, width = int(parameters["stages"]), int(parameters["width"])
    workers = workers_of(parameters)
    ledger_words = 1 + workers * BUCKETS
    actors = clients + stages * width + ledger_words // STATE_WORDS + 1
    system = ActorSystem(
        [client, stage, page],
        actors=actors,
        messages=128 * actors + (1 << 16),
        state_words=STATE_WORDS,
        **options_of(parameters),
    )
    ledger, words = new_ledger(system, ledger_words)
    histograms = words[1:ledger_words].reshape(workers, BUCKETS)
    first_client, states = spawn_row(system, client, clients)
    states[:, FIRST] = spawn_stages(system, stages, width)
    states[:, WIDTH] = width
    states[:, SCALE] = tick_scale()
    states[:, LEDGER] = ledger
    streams = np.array([stream(seed_of(parameters), k) for k in range(clients)])

    def reset() -> None:
        words[0] = clients
        histograms[:] = 0
        states[:, LEFT] = requests
        states[:, STREAM] = streams
        states[:, SUM] = 0
        states[:, NEXT] = np.arange(clients) % width

    def latency() -> np.ndarray:
        return np.asarray(histograms.sum(axis=0))

    return CoreRun(
        system,
        start=lambda: system.tell_many(np.arange(first_client, first_client + clients), START),
        messages=clients + clients * requests * (stages + 1),
        answer=lambda: int(states[:, SUM].sum()) & MASK_32,
        wanted=expected_sum(streams.copy(), requests, stages),
        check=lambda: expect(
            "the number of replies timed", int(histograms.sum()), clients * requests
        ),
        reset=reset,
        latency=latency,
        resources=True,
    )


SCENARIOS = (
    Scenario(
        name="end-to-end",
        purpose="requests of many clients through stages of actors: rate, latency, memory, CPU",
        category=Category.END_TO_END,
        parameters=(
            Parameter("clients", 500, "clients, each with one request under way", 1, 100_000),
            Parameter("stages", 4, "stages a request passes", 1, 1_000),
            Parameter("width", 125, "actors of a stage", 1, 100_000),
            Parameter("requests", 200, "requests of each client", 1, 10**7, quick=20),
            SEED,
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
        extras=RESOURCES,
    ),
)
