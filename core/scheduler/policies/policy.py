"""The points at which scheduling asks a policy other than work stealing.

The length of ``Tables.scheduler_policy`` is the policy's number. It is part of the tables'
type, so machine code has only the policy it was compiled for, and none for work stealing.
Each policy is a module of its own.
"""

from typing import Final

from zbench.core.compile.kernel import optional_kernel
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.scheduler import shared_queues
from zbench.core.scheduler.policies import load_balanced, numa, predictive, priority

WORK_STEALING: Final = 0
PRIORITY: Final = 1
NUMA: Final = 2
LOAD_BALANCED: Final = 3
PREDICTIVE: Final = 4
NAMES = ("work-stealing", "priority", "numa", "load-balanced", "predictive")

TURN = 4  # every TURN-th look swaps the precedence of a worker's own and its shared queue


@optional_kernel("scheduler_policy")
def place_woken(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor just woken; False if it is to take the usual path."""
    if len(t.scheduler_policy) == LOAD_BALANCED:
        return worker == t.workers and load_balanced.place(t, worker, actor)
    return place_shared(t, worker, actor)


@optional_kernel("scheduler_policy")
def place_shared(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor that any worker may run; False if it is to take the usual path."""
    if len(t.scheduler_policy) == PRIORITY:
        return priority.place(t, worker, actor)
    if len(t.scheduler_policy) == NUMA:
        return numa.place(t, worker, actor)
    if len(t.scheduler_policy) == LOAD_BALANCED:
        return load_balanced.place(t, worker, actor)
    return predictive.place(t, worker, actor)


@optional_kernel("scheduler_policy")
def take_first(t: Tables, worker: int, tick: int) -> int:
    """Actor that precedes the worker's own at this look, or NONE."""
    if len(t.scheduler_policy) == PRIORITY:
        return priority.take_first(t, tick)
    if len(t.scheduler_policy) == PREDICTIVE:
        if not predictive.is_dedicated(t, worker):
            late = tick % predictive.TAKE_OVER_INTERVAL == 0
            return predictive.take_over(t, False) if late else NONE
        return take_own(t, worker) if tick % TURN != 0 else NONE
    if len(t.scheduler_policy) == LOAD_BALANCED and tick % load_balanced.SAMPLE_INTERVAL == 0:
        load_balanced.sample_load(t, worker)
    return take_own(t, worker) if tick % TURN == 0 else NONE


@optional_kernel("scheduler_policy")
def take_own(t: Tables, worker: int) -> int:
    """Next actor of the shared queue that the worker serves, or NONE."""
    if len(t.scheduler_policy) == PRIORITY:
        return priority.take_urgent(t)
    if len(t.scheduler_policy) == NUMA:
        return shared_queues.take(t, t.numa_node[worker])
    if len(t.scheduler_policy) == LOAD_BALANCED:
        return shared_queues.take(t, worker)
    if predictive.is_dedicated(t, worker):
        return shared_queues.take(t, predictive.DEDICATED_ROW)
    return NONE


@optional_kernel("scheduler_policy")
def take_left_over(t: Tables, worker: int, look: int, spins: int) -> int:
    """Actor for a worker that found no other at its look-th look in a row, or NONE."""
    if len(t.scheduler_policy) == PRIORITY:
        return shared_queues.take(t, priority.LOW)
    if len(t.scheduler_policy) == NUMA:
        return numa.take_remote(t, worker) if look >= min(numa.REMOTE_LOOKS, spins) else NONE
    if len(t.scheduler_policy) == LOAD_BALANCED:
        return load_balanced.take_others(t, worker)
    return predictive.take_over(t, look >= spins)
