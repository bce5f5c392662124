"""work-stealing: every task starts on one worker's deque."""

from collections.abc import Mapping

import numpy as np
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.actors.refs import slot_of_ref
from zbench.core.memory import atomics
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import (
    DISPATCH,
    SUPERVISION,
    CoreRun,
    expect,
    form_of,
    supervised_of,
    workers_of,
)

START = 0
TASK = 1
MULTIPLIER = 1_103_515_245
INCREMENT = 12_345
MASK = (1 << 31) - 1


@behaviour
def submitter(ctx: Context, state: Words, message: Words) -> None:
    """Make state[0] tasks runnable, all from here; their refs start at state[1].

    state[2] is the number of tasks still open, state[3] the sum of their results.
    """
    for k in range(state[0]):
        ctx.send(state[1] + k, TASK, k)


@behaviour
def task(ctx: Context, state: Words, message: Words) -> None:
    """Compute for state[0] steps and add the result to the submitter's sum."""
    value = message[2]
    for _ in range(state[0]):
        value = (value * MULTIPLIER + INCREMENT) & MASK
    shared = slot_of_ref(state[1]) * ctx.tables.state_words
    # Only atomicity matters for the sum; the countdown's acq_rel orders it before finish.
    atomics.fetch_add(ctx.tables.state, shared + 3, value)
    if atomics.fetch_add(ctx.tables.state, shared + 2, -1) == 1:
        ctx.finish()


def expected_sum(tasks: int, steps: int) -> int:
    """Sum of the tasks' results, computed by NumPy."""
    values = np.arange(tasks, dtype=np.int64)
    for _ in range(steps):
        values = (values * MULTIPLIER + INCREMENT) & MASK
    return int(values.sum())


def prepare(parameters: Parameters) -> CoreRun:
    """One submitter and its tasks, an actor each."""
    workers = workers_of(parameters)
    tasks = workers * int(parameters["tasks"])
    steps = int(parameters["steps"])
    system = ActorSystem(
        [submitter, task],
        workers=workers,
        pin=True,
        actors=tasks + 1,
        messages=2 * tasks,
        dispatch=form_of(parameters),
        supervised=supervised_of(parameters),
    )
    submits = system.spawn(submitter, tasks)
    refs = system.spawn_many(task, tasks, steps, submits.value)
    state = system.state(submits)
    state[1] = refs.min()
    wanted = expected_sum(tasks, steps)

    def reset() -> None:
        state[2:4] = tasks, 0

    def extra(counted: Mapping[str, np.ndarray]) -> dict[str, float]:
        runs = counted["runs"][:workers]
        attempts = int(counted["steal_attempts"].sum())
        steals = int(counted["steals"].sum())
        shares = {f"share_{w}": float(runs[w] / max(1, runs.sum())) for w in range(workers)}
        efficiency = {"steal_efficiency": steals / attempts} if attempts else {}
        return {"tasks": float(tasks), "steals": float(steals), **efficiency, **shares}

    return CoreRun(
        system,
        start=lambda: submits.tell(START),
        check=lambda: expect("the sum of the results", int(state[3]), wanted),
        messages=tasks + 1,
        reset=reset,
        extra=extra,
    )


SCENARIOS = (
    Scenario(
        name="work-stealing",
        purpose="tasks all put on one worker's deque, the others must steal them",
        category=Category.MICRO,
        parameters=(
            Parameter("workers", 8, "worker threads", 1, 256),
            Parameter("tasks", 10_000, "tasks for each worker", 1, 100_000, quick=1_000),
            Parameter("steps", 100, "steps of computing in a task", 0, 1_000_000),
            DISPATCH,
            SUPERVISION,
        ),
        prepare=prepare,
        extras={
            "tasks": "tasks run",
            "steals": "actors stolen",
            "steal_efficiency": "steals that succeeded / attempted",
            "share_0": "share of the actors that worker 0 ran (likewise share_1, ...)",
        },
    ),
)
