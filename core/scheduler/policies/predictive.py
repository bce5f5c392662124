"""The scheduler policy "predictive": actors with long runs get workers of their own.

A moving average (alpha 0.3) of the durations of an actor's runs predicts the next one. An
actor above the threshold waits in the shared queue of the dedicated workers, which are the
last ones; all others share the pool. No worker idles for that: dedicated workers with
nothing to do help the pool, and the pool takes actors from the dedicated workers' queue:
at once if it is long, else after finding nothing else.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.scheduler import shared_queues

DEDICATED_ROW = 0
LONG = 8  # for each dedicated worker: a queue with more actors is long
TAKE_OVER_INTERVAL = 61
ALPHA_TENTHS = 3


@optional_kernel("scheduler_policy")
def observe(t: Tables, actor: int, ticks: int) -> None:
    """Note the duration of a run. Caller: the worker that ran it."""
    # relaxed: another worker may run the actor already; either estimate will do.
    before = atomics.load_relaxed(t.placement, actor)
    atomics.store_relaxed(t.placement, actor, before + (ticks - before) * ALPHA_TENTHS // 10)


@kernel
def place(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor for the dedicated workers; False if its runs are short."""
    if atomics.load_relaxed(t.placement, actor) <= t.heavy_ticks:
        return False
    shared_queues.put(t, worker, DEDICATED_ROW, actor)
    return True


@kernel
def is_dedicated(t: Tables, worker: int) -> bool:
    """Whether a worker is one of the dedicated ones."""
    return worker >= t.workers - t.dedicated


@kernel
def take_over(t: Tables, idle: bool) -> int:
    """For the pool, an actor of the dedicated workers if idle or their queue is long; or NONE."""
    if idle or shared_queues.length(t, DEDICATED_ROW) > LONG * t.dedicated:
        return shared_queues.take(t, DEDICATED_ROW)
    return NONE
