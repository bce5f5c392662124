"""Shared queues: queues of runnable actors beside the deques, a row of cells each.

The scheduler policy (core.scheduler.policies.policy) gives a row its meaning: a level of
priority, a NUMA node, a worker. Any worker may take from any row, and a worker about to
sleep looks at all of them. So an actor queued for a sleeping worker may wake any sleeper,
and no actor is stranded.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.queues import chase_lev, injection, mpmc
from zbench.core.scheduler import parking


@kernel
def put(t: Tables, worker: int, row: int, actor: int) -> None:
    """Queue an actor in a row. Caller: the owner of row ``worker`` of the tables."""
    ends = row * chase_lev.ENDS_WORDS
    mpmc.push(
        t.shared_queue_ends,
        ends + chase_lev.BOTTOM,
        t.shared_queue,
        row * t.actors * 2,
        t.actors,
        actor,
    )
    if t.workers > 1 or worker == t.workers:
        parking.notify(t.shared)


@kernel
def length(t: Tables, row: int) -> int:
    """Number of actors waiting in a row; may be out of date at once."""
    ends = row * chase_lev.ENDS_WORDS
    return mpmc.length(t.shared_queue_ends, ends + chase_lev.TOP, ends + chase_lev.BOTTOM)


@kernel
def take(t: Tables, row: int) -> int:
    """Oldest actor of a row, or NONE; if other actors wait, a sleeper is woken."""
    ends = row * chase_lev.ENDS_WORDS
    if length(t, row) <= 0:
        return NONE
    actor = mpmc.pop(
        t.shared_queue_ends, ends + chase_lev.TOP, t.shared_queue, row * t.actors * 2, t.actors
    )
    if actor >= 0:
        wake_next(t)
    return actor


@optional_kernel("scheduler_policy")
def wake_next(t: Tables) -> None:
    """Wake a sleeper if other actors wait. Caller: a worker that is about to run an actor.

    The threads that queued them, in any row, may have woken nobody because the wake-up of
    the caller was under way.
    """
    # relaxed: a sleeper not woken for that reason was counted before the caller was awake.
    if atomics.load_relaxed(t.shared, shared_words.SLEEPERS) > 0 and (
        is_waiting(t) or not injection.is_empty(t.shared)
    ):
        parking.notify(t.shared)


@optional_kernel("scheduler_policy")
def is_waiting(t: Tables) -> bool:
    """Whether an actor is in any row."""
    for row in range(t.shared_queues):  # noqa: SIM110  kernels know no generators
        if length(t, row) > 0:
            return True
    return False
