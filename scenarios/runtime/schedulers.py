"""Scheduler policies compared: the same load under each, and latency under priority."""

from collections.abc import Mapping

import numpy as np
from zbench.core import (
    DATA,
    ActorSystem,
    Context,
    Props,
    Scheduler,
    Topology,
    Words,
    behaviour,
)
from zbench.core.actors.refs import slot_of_ref
from zbench.core.memory import atomics
from zbench.core.metrics.clock import tick_scale, to_ns
from zbench.core.metrics.histogram import BUCKETS, add
from zbench.core.scheduler.policies.policy import NAMES
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    DISPATCH,
    WORKERS,
    CoreRun,
    expect,
    form_of,
    workers_of,
)

SEND = 0
WORK = 1
PROBE = 2
ANSWER = 3
CHUNK = 64  # messages a sender sends before others get their turn
UNEVEN = 8  # with load=uneven every eighth receiver ...
HEAVIER = 16  # ... computes this many times as long
HISTOGRAM = 8  # first word of the histogram in a timed actor's state
MULTIPLIER = 1_103_515_245
INCREMENT = 12_345
MASK = (1 << 31) - 1

SIMULATED = "numa-simulated"
SCHEDULER = Parameter(
    "scheduler",
    "work-stealing",
    "where runnable actors wait and who takes them (numa-simulated: two nodes made up)",
    choices=(*NAMES, SIMULATED),
)


def scheduler_of(parameters: Parameters) -> str | Scheduler:
    """The scheduler policy of the parameters."""
    name = str(parameters["scheduler"])
    if name == SIMULATED:
        return Scheduler("numa", topology=Topology.simulate(nodes=2, cpus=128))
    return name


@behaviour
def sender(ctx: Context, state: Words, message: Words) -> None:
    """Send state[0] messages in turn to state[2] receivers from state[1] on, in chunks."""
    for _ in range(min(state[0], CHUNK)):
        ctx.send(state[1] + state[3], WORK, state[0])
        state[0] -= 1
        state[3] = state[3] + 1 if state[3] + 1 < state[2] else 0
    if state[0] > 0:
        ctx.send(ctx.self_ref(), SEND)


@behaviour
def receiver(ctx: Context, state: Words, message: Words) -> None:
    """Compute for state[1] steps; after state[0] messages one receiver less is active.

    Word 4 of the actor state[2] counts the active ones.
    """
    value = message[DATA]
    for _ in range(state[1]):
        value = (value * MULTIPLIER + INCREMENT) & MASK
    state[3] += value
    state[0] -= 1
    if state[0] == 0:
        # acq_rel; the last one to get here has seen the writes of all others.
        left = slot_of_ref(state[2]) * ctx.tables.state_words + 4
        if atomics.fetch_add(ctx.tables.state, left, -1) == 1:
            ctx.finish()


RECEIVER = Props(receiver, priority="high")


def shape(load: str, actors: int) -> tuple[int, int]:
    """Numbers of senders and receivers of a load."""
    return (1 if load.startswith("1:") else actors), (1 if load.endswith(":1") else actors)


def shares(total: int, parts: int) -> np.ndarray:
    """Share of a total that each part gets."""
    return np.diff(np.arange(parts + 1) * total // parts)


def prepare_load(parameters: Parameters) -> CoreRun:
    """The senders and receivers of the load."""
    workers, load = workers_of(parameters), str(parameters["load"])
    senders, receivers = shape(load, int(parameters["actors"]))
    # Each receiver gets the same number from each sender, so that its end is known.
    each = max(1, int(parameters["messages"]) // (senders * receivers))
    total = each * senders * receivers
    system = ActorSystem(
        [sender, RECEIVER],
        workers=workers,
        pin=True,
        actors=senders + receivers + 64 * workers,
        messages=total + (1 << 16),
        dispatch=form_of(parameters),
        scheduler=scheduler_of(parameters),
    )
    sends = system.spawn_many(sender, senders)
    receives = system.spawn_many(RECEIVER, receivers)
    steps = np.full(receivers, int(parameters["steps"]))
    if load == "uneven":
        steps[::UNEVEN] *= HEAVIER

    def reset() -> None:
        for ref in sends:
            system.state(ref)[:5] = each * receivers, receives.min(), receivers, 0, receivers
        for ref, long in zip(receives, steps, strict=True):
            system.state(ref)[:4] = each * senders, long, sends[0], 0

    wanted = expected_sums(each, senders, receivers, steps)

    def check() -> str | None:
        first = int(receives.min())
        errors = (
            expect(f"the sum of receiver {k}", int(system.state(first + k)[3]), int(wanted[k]))
            for k in range(receivers)
        )
        return next((e for e in errors if e), None)

    chunks = senders * -(-each * receivers // CHUNK)
    return CoreRun(
        system,
        start=lambda: system.tell_many(sends, SEND),
        check=check,
        messages=total + chunks,
        reset=reset,
        extra=lambda counted: figures(system, counted),
    )


def figures(system: ActorSystem, counted: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Figures of a run beside its time."""
    runs = counted["runs"][: system.workers]
    return {
        "strategy": float(len(system.tables.scheduler_policy)),
        "steals": float(counted["steals"].sum()),
        "parks": float(counted["parks"].sum()),
        "busiest": float(runs.max() / max(1, runs.sum())),
    }


def expected_sums(each: int, senders: int, receivers: int, steps: np.ndarray) -> np.ndarray:
    """Sum at each receiver, computed by NumPy: row k has the values for receiver k."""
    values = np.arange(each * receivers, 0, -1, dtype=np.int64).reshape(each, receivers).T.copy()
    for step in range(int(steps.max())):
        working = steps > step
        values[working] = (values[working] * MULTIPLIER + INCREMENT) & MASK
    return values.sum(axis=1) * senders


@behaviour
def flood(ctx: Context, state: Words, message: Words) -> None:
    """Compute for state[0] steps, and again until the prober state[1] has finished."""
    value = state[2]
    for _ in range(state[0]):
        value = (value * MULTIPLIER + INCREMENT) & MASK
    state[2] = value
    state[3] += 1
    # relaxed: a message more or less does not matter.
    if atomics.load_relaxed(ctx.tables.state, slot_of_ref(state[1]) * ctx.tables.state_words) > 0:
        ctx.send(ctx.self_ref(), WORK)


@behaviour
def prober(ctx: Context, state: Words, message: Words) -> None:
    """Ask state[2] responders from state[1] on, state[0] times, each time all at once.

    state[3]: answers missing, state[4]: wrong answers, state[5]: scale of the clock.
    """
    if message[DATA + 2] != 0:
        add(state, HISTOGRAM, to_ns(atomics.cycles() - message[DATA + 2], state[5]))
        state[3] -= 1
        state[4] += message[DATA] != 3 * state[0] + 1
    if state[3] > 0:
        return
    if message[DATA + 2] != 0:
        atomics.store_relaxed(state, 0, state[0] - 1)
    if state[0] == 0:
        ctx.finish()
        return
    state[3] = state[2]
    for k in range(state[2]):
        ctx.send(state[1] + k, PROBE, state[0], 0, atomics.cycles())


@behaviour
def responder(ctx: Context, state: Words, message: Words) -> None:
    """Record how long the question took, and answer it."""
    add(state, HISTOGRAM, to_ns(atomics.cycles() - message[DATA + 2], state[5]))
    ctx.reply(ANSWER, 3 * message[DATA] + 1, 0, atomics.cycles())


PROBER = Props(prober, priority="critical")
RESPONDER = Props(responder, priority="critical")
FLOOD = Props(flood, priority="low")


def prepare_priority(parameters: Parameters) -> CoreRun:
    """A prober with its responders, and actors that always have messages."""
    workers, floods = workers_of(parameters), int(parameters["floods"])
    probes, fan = int(parameters["probes"]), int(parameters["responders"])
    depth = int(parameters["depth"])
    system = ActorSystem(
        [PROBER, RESPONDER, FLOOD],
        workers=workers,
        pin=True,
        actors=floods + fan + 1,
        messages=floods * depth + 2 * fan + (1 << 12),
        state_words=HISTOGRAM + BUCKETS,
        dispatch=form_of(parameters),
        scheduler=scheduler_of(parameters),
    )
    responders = system.spawn_many(RESPONDER, fan)
    probing = system.spawn(PROBER)
    flooders = system.spawn_many(FLOOD, floods) if floods else np.empty(0, np.int64)
    timed = (probing.value, *responders)

    def reset() -> None:
        for ref in timed:
            system.state(ref)[HISTOGRAM:] = 0
            system.state(ref)[5] = tick_scale()
        system.state(probing)[:5] = probes, responders.min(), fan, 0, 0
        for ref in flooders:
            system.state(ref)[:4] = int(parameters["steps"]), probing.value, 0, 0

    def start() -> None:
        for _ in range(depth):
            system.tell_many(flooders, WORK)
        probing.tell(PROBE)

    def messages() -> int:
        return 1 + 2 * probes * fan + sum(int(system.state(ref)[3]) for ref in flooders)

    def latency() -> np.ndarray:
        return np.sum([system.state(ref)[HISTOGRAM:] for ref in timed], axis=0)

    def check() -> str | None:
        wrong = expect("wrong answers", int(system.state(probing)[4]), 0)
        return wrong or expect("latencies recorded", int(latency().sum()), 2 * probes * fan)

    return CoreRun(
        system,
        start=start,
        check=check,
        messages=messages,
        goes_on=True,  # until the load is told that the last probe is answered
        reset=reset,
        latency=latency,
    )


SCENARIOS = (
    Scenario(
        name="scheduler",
        purpose="the same load under each scheduler: senders and receivers, 1 or N of each",
        category=Category.MICRO,
        parameters=(
            SCHEDULER,
            Parameter(
                "load",
                "N:N",
                "senders:receivers; uneven: N:N, "
                "an eighth of the receivers computes 16 times as long",
                choices=("1:1", "N:1", "1:N", "N:N", "uneven"),
            ),
            Parameter("actors", 64, "N", 1, 100_000),
            Parameter("messages", 1_000_000, "messages in all, about", 1, 10**8, quick=100_000),
            Parameter("steps", 20, "steps of computing for a message", 0, 100_000),
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare_load,
        extras={
            "strategy": "0 work stealing, 1 priority, 2 numa, 3 load-balanced, 4 predictive: "
            "what the scheduler comes to here",
            "steals": "actors stolen",
            "parks": "how often workers went to sleep",
            "busiest": "share of the runs that one worker had",
        },
    ),
    Scenario(
        name="priority-load",
        purpose="latency of actors of critical priority while others of low priority flood",
        category=Category.MICRO,
        parameters=(
            SCHEDULER,
            Parameter("probes", 5_000, "rounds of questions", 1, 10**7, quick=500),
            Parameter("responders", 8, "actors asked in each round", 1, 1_000),
            Parameter("floods", 16, "actors that flood", 0, 10_000),
            Parameter("depth", 200, "messages of each of them under way", 1, 100_000),
            Parameter("steps", 20, "steps of computing for each of these messages", 0, 100_000),
            WORKERS,
            DISPATCH,
        ),
        prepare=prepare_priority,
    ),
)
