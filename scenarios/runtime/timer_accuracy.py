"""timer-accuracy: how late timers' messages are handled, with idle and with busy workers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from zbench.core import DATA, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import LINE
from zbench.core.metrics.histogram import BUCKETS
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    DISPATCH,
    WORKERS,
    CoreRun,
    expect,
    form_of,
    workers_of,
)
from zbench.scenarios.support.ledger import HISTOGRAM_ACTORS, new_ledger, page, record_shared

SET = 1
TICK = 2
SPIN = 3
SEED = 7
SPIN_NS = 10_000  # time for which a busy worker looks at no timer

# Words of the ledger, before the histogram.
OPEN = 0  # ticks to come of all timers
OTHERS = LINE  # messages other than those that set timers and the ticks counted in OPEN


@behaviour
def sleeper(ctx: Context, state: Words, message: Words) -> None:
    """Set a timer, record how late its messages are, and cancel it after the last tick.

    state: ledger, delay, period or 0, ticks to come, due time of the next, timer.
    """
    if kind_of(message[message_slot.HEADER]) == SET:
        state[3] = message[DATA]
        state[4] = atomics.clock_ns() + state[1]
        if state[2] > 0:
            state[4] += state[2] - state[1]
            state[5] = ctx.every(state[2], TICK)
        else:
            state[5] = ctx.after(state[1], TICK)
    elif state[3] == 0:
        # It fired once more before it was cancelled.
        atomics.fetch_add(ctx.tables.state, state[0] + OTHERS, 1)
    else:
        now = atomics.clock_ns()
        period = state[2]
        # The timer leaves out periods that passed while no worker could fire it.
        if period > 0 and now < state[4]:
            state[4] -= period
        record_shared(ctx.tables, state[0] + 2 * LINE, now - state[4])
        if period > 0:
            state[4] += period * ((now - state[4]) // period + 1)
        state[3] -= 1
        if state[3] == 0:
            ctx.cancel(state[5])
        if atomics.fetch_add(ctx.tables.state, state[0] + OPEN, -1) == 1:
            ctx.finish()


@behaviour
def spinner(ctx: Context, state: Words, message: Words) -> None:
    """Keep the worker busy, and again, while any timer has ticks to come. state[0]: the ledger."""
    until = atomics.clock_ns() + SPIN_NS
    while atomics.clock_ns() < until:
        atomics.pause()
    atomics.fetch_add(ctx.tables.state, state[0] + OTHERS, 1)
    if atomics.load_relaxed(ctx.tables.state, state[0] + OPEN) > 0:
        ctx.send(ctx.self_ref(), SPIN)


@dataclass
class TimerRun(CoreRun):
    """A run whose number of messages is not known beforehand."""

    others: Words | None = None

    def _error(self, counted: Mapping[str, np.ndarray], messages: int) -> str | None:
        others = 0 if self.others is None else int(self.others[0])
        return super()._error(counted, messages - others)


def prepare(parameters: Parameters) -> TimerRun:
    """A sleeper for each timer, and a spinner for each worker that is to be busy."""
    timers, ticks = int(parameters["timers"]), int(parameters["ticks"])
    spread = int(float(parameters["spread"]) * 1e9)
    workers = workers_of(parameters)
    periodic = parameters["kind"] == "periodic"
    system = ActorSystem(
        [sleeper, spinner, page],
        workers=workers,
        pin=True,
        actors=timers + 2 * workers + HISTOGRAM_ACTORS + 3,
        messages=2 * timers + (1 << 12),
        timers=timers,
        dispatch=form_of(parameters),
    )
    start, words = new_ledger(system, 2 * LINE + BUCKETS)
    delays = np.random.default_rng(SEED).integers(spread // 2, spread + 1, timers)
    each = ticks if periodic else 1
    sleepers = np.array(
        [system.spawn(sleeper, start, int(d), int(d) * periodic).value for d in delays]
    )
    busy = workers if parameters["load"] == "busy" else 0
    spinners = system.spawn_many(spinner, busy, start)

    def reset() -> None:
        words[:] = 0
        words[OPEN] = timers * each

    def begin() -> None:
        system.tell_many(sleepers, SET, each)
        system.tell_many(spinners, SPIN)

    return TimerRun(
        system,
        start=begin,
        check=lambda: expect("ticks", int(words[2 * LINE :].sum()), timers * each),
        messages=timers * (1 + each),
        reset=reset,
        latency=lambda: words[2 * LINE : 2 * LINE + BUCKETS].copy(),
        others=words[OTHERS : OTHERS + 1],
    )


SCENARIOS = (
    Scenario(
        name="timer-accuracy",
        purpose="from when a timer is due to when its message is handled",
        category=Category.MICRO,
        parameters=(
            Parameter("timers", 1000, "timers set at once", 1, 100_000),
            Parameter(
                "kind", "once", "timers fire once or periodically", choices=("once", "periodic")
            ),
            Parameter("ticks", 5, "periods of a periodic timer", 1, 1000, quick=2),
            Parameter(
                "spread",
                0.1,
                "seconds; delays and periods are between half and all of it",
                0.001,
                10.0,
            ),
            Parameter("load", "idle", "whether workers have else to do", choices=("idle", "busy")),
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare,
    ),
)
