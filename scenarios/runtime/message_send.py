"""message-send: a million sends, each of them timed."""

import numpy as np
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.memory import atomics
from zbench.core.metrics.clock import tick_scale, to_ns
from zbench.core.metrics.histogram import BUCKETS, add
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

START = 0
MESSAGE = 1
HISTOGRAM = 4  # the sender's state: sends, receiver, scale of the clock, -, histogram


@behaviour
def sender(ctx: Context, state: Words, message: Words) -> None:
    """Time each of state[0] sends to state[1] with the time-stamp counter."""
    for _ in range(state[0]):
        before = atomics.cycles()
        ctx.send(state[1], MESSAGE)
        add(state, HISTOGRAM, to_ns(atomics.cycles() - before, state[2]))


@behaviour
def receiver(ctx: Context, state: Words, message: Words) -> None:
    """Count up to state[1]."""
    state[0] += 1
    if state[0] == state[1]:
        ctx.finish()


def prepare(parameters: Parameters) -> CoreRun:
    """One sender, which keeps its histogram in its own state, and one receiver."""
    sends = int(parameters["sends"])
    system = ActorSystem(
        [sender, receiver],
        actors=2,
        messages=sends + (1 << 16),
        state_words=HISTOGRAM + BUCKETS,
        **options_of(parameters),
    )
    receives = system.spawn(receiver, 0, sends)
    sending = system.spawn(sender, sends, receives.value, tick_scale())
    counts = system.state(sending)[HISTOGRAM:]

    def reset() -> None:
        counts[:] = 0
        system.state(receives)[0] = 0

    def latency() -> np.ndarray:
        return counts.copy()

    return CoreRun(
        system,
        start=lambda: sending.tell(START),
        check=lambda: (
            expect("the number received", int(system.state(receives)[0]), sends)
            or expect("the number of sends timed", int(counts.sum()), sends)
        ),
        messages=sends + 1,
        reset=reset,
        latency=latency,
    )


SCENARIOS = (
    Scenario(
        name="message-send",
        purpose="cost of each single send: mean, p50, p99, p99.9 and throughput",
        category=Category.MICRO,
        parameters=(
            Parameter("sends", 1_000_000, "messages sent and timed", 1, 10**8, quick=100_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-copy",),
    ),
)
