"""supervision-restart and supervision-faults: the cost of faults and restarts."""

from collections.abc import Mapping

import numpy as np
from zbench.core import DATA, ActorSystem, Context, Supervisor, Words, behaviour, kind_of
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import LINE
from zbench.core.metrics.clock import tick_scale, to_ns
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

NEXT = 1
RAISE = 2
FAIL = 3
PROBE = 4
WORK = 5
LAST = 6
PER = 10_000  # shares are counted in parts of this number
BURST = 256


@behaviour
def breaking(ctx: Context, state: Words, message: Words) -> None:
    """Fail as told and note the time; time the first message after it. state[0]: the ledger.

    The ledger holds the time of the fault, the scale of the clock, and a histogram.
    """
    kind = kind_of(message[message_slot.HEADER])
    if kind == PROBE:
        # acquire; pairs with the release store below, where another worker runs the actor.
        began = atomics.load_acquire(ctx.tables.state, state[0])
        scale = ctx.tables.state[state[0] + 1]
        record_shared(ctx.tables, state[0] + LINE, to_ns(atomics.cycles() - began, scale))
        ctx.reply(NEXT)
    else:
        atomics.store_release(ctx.tables.state, state[0], atomics.cycles())
        if kind == FAIL:
            ctx.fail(1)
        else:
            raise ValueError("asked to")


@behaviour
def breaker(ctx: Context, state: Words, message: Words) -> None:
    """Have state[1] fail by message kind state[2], and probe it, state[0] times."""
    if state[0] == 0:
        ctx.finish()
    else:
        state[0] -= 1
        ctx.send(state[1], state[2])
        ctx.send(state[1], PROBE)


def prepare_restart(parameters: Parameters) -> CoreRun:
    """An actor that fails again and again, and one that makes it fail."""
    faults = int(parameters["faults"])
    system = ActorSystem(
        [breaking, breaker, page],
        workers=workers_of(parameters),
        pin=True,
        actors=HISTOGRAM_ACTORS + 3,
        messages=1 << 12,
        dispatch=form_of(parameters),
        supervised=True,
        guardian=Supervisor(max_restarts=None),
    )
    start, words = new_ledger(system, LINE + BUCKETS)
    words[1] = tick_scale()
    breaks = system.spawn(breaking, start)
    kind = FAIL if parameters["fault"] == "fail" else RAISE
    breaks_it = system.spawn(breaker, faults, breaks.value, kind)

    def reset() -> None:
        system.state(breaks_it)[0] = faults
        words[LINE:] = 0

    return CoreRun(
        system,
        start=lambda: breaks_it.tell(NEXT),
        check=lambda: expect("messages timed", int(words[LINE:].sum()), faults),
        messages=3 * faults + 1,
        failures=faults,
        reset=reset,
        extra=lambda counted: {"restarts": float(counted["restarts"].sum())},
        latency=lambda: words[LINE : LINE + BUCKETS].copy(),
    )


@behaviour
def worker(ctx: Context, state: Words, message: Words) -> None:
    """Count in the ledger at state[0]; fail as told."""
    kind = kind_of(message[message_slot.HEADER])
    if kind == LAST:
        ctx.finish()
    else:
        ctx.tables.state[state[0]] += message[DATA]
        if kind == FAIL:
            ctx.fail(1)
        elif kind == RAISE:
            raise ValueError("asked to")


@behaviour
def source(ctx: Context, state: Words, message: Words) -> None:
    """Send state[0] messages of word 1 to state[2] actors from state[1] on, then LAST.

    state[3] of PER are of kind state[4], the others WORK; state[5] sums up the parts.
    """
    for _ in range(min(BURST, state[0])):
        state[5] += state[3]
        kind = WORK
        if state[5] >= PER:
            state[5] -= PER
            kind = state[4]
        ctx.send(state[1] + state[0] % state[2], kind, 1)
        state[0] -= 1
    if state[0] > 0:
        ctx.send(ctx.self_ref(), NEXT)
    else:
        for k in range(state[2]):
            ctx.send(state[1] + k, LAST)


def prepare_faults(parameters: Parameters) -> CoreRun:
    """A source, its workers, and a page of the ledger for each."""
    messages, actors = int(parameters["messages"]), int(parameters["actors"])
    share = round(float(parameters["percent"]) * PER / 100)
    restarts = parameters["directive"] == "restart"
    system = ActorSystem(
        [worker, source, page],
        workers=workers_of(parameters),
        pin=True,
        actors=2 * actors + 2,
        messages=messages + (1 << 16),
        dispatch=form_of(parameters),
        supervised=True,
        guardian=Supervisor("restart" if restarts else "resume", max_restarts=None),
    )
    start, words = new_ledger(system, actors * LINE)
    refs = [system.spawn(worker, start + k * LINE).value for k in range(actors)]
    kind = FAIL if parameters["fault"] == "fail" else RAISE
    sends = system.spawn(source, messages, min(refs), actors, share, kind)
    failures = messages * share // PER

    def reset() -> None:
        system.state(sends)[[0, 5]] = messages, 0
        words[:] = 0

    def extra(counted: Mapping[str, np.ndarray]) -> dict[str, float]:
        return {"faults": float(failures), "restarts": float(counted["restarts"].sum())}

    return CoreRun(
        system,
        start=lambda: sends.tell(NEXT),
        check=lambda: expect("messages received", int(words.sum()), messages),
        messages=messages + -(-messages // BURST) + actors,
        failures=failures,
        finishes=actors,
        reset=reset,
        extra=extra,
    )


FAULT = Parameter(
    "fault", "raise", "how an actor fails: an exception, or ctx.fail", choices=("raise", "fail")
)

SCENARIOS = (
    Scenario(
        name="supervision-restart",
        purpose="from a fault to the first message handled after the restart",
        category=Category.MICRO,
        parameters=(
            Parameter("faults", 20_000, "faults, one after the other", 1, 10**7, quick=2_000),
            FAULT,
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare_restart,
        extras={"restarts": "actors restarted"},
    ),
    Scenario(
        name="supervision-faults",
        purpose="throughput while a share of the messages makes its receiver fail",
        category=Category.STRESS,
        parameters=(
            Parameter("messages", 500_000, "messages handled", 1, 10**8, quick=50_000),
            Parameter("percent", 1.0, "of the messages that fail", 0.0, 100.0),
            Parameter(
                "directive", "restart", "what the supervisor does", choices=("restart", "resume")
            ),
            Parameter("actors", 8, "actors that handle them", 1, 1000),
            FAULT,
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare_faults,
        extras={"faults": "messages that failed", "restarts": "actors restarted"},
    ),
)
