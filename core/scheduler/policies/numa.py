"""The scheduler policy "numa": actors stay on the NUMA node where they last ran.

1. An actor woken by Python waits in the shared queue of the NUMA node where it last ran.
2. A worker looks on its own NUMA node first: its queues, the node's shared queue, its
   neighbours' deques. After REMOTE_LOOKS vain looks it takes work from other NUMA nodes.
3. An actor that was moved to a NUMA node (``system.migrate``) is queued there by every
   thread; a worker of another NUMA node runs it only if it has nothing else to do.

The word of an actor in ``placement`` is {node + 1, moved}, 0 if it has not run yet.
"""

from zbench.core.compile.kernel import cached_kernel, kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.scheduler import shared_queues

REMOTE_LOOKS = 8
MOVED = 1


@kernel
def place(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor in a NUMA node's shared queue; False if it is to stay with the worker."""
    home = atomics.load_relaxed(t.placement, actor)
    if home == 0:
        return False
    node = (home >> 1) - 1
    if worker == t.workers or (home & MOVED != 0 and t.numa_node[worker] != node):
        shared_queues.put(t, worker, node, actor)
        return True
    return False


@optional_kernel("scheduler_policy")
def note_arrival(t: Tables, worker: int, actor: int) -> None:
    """Note the NUMA node on which an actor runs. Caller: the worker about to run it."""
    home = atomics.load_relaxed(t.placement, actor)
    here = (t.numa_node[worker] + 1) << 1
    if home & MOVED == 0 and home != here:
        # Orders nothing (acq_rel all the same); a move by Python meanwhile is kept.
        atomics.compare_exchange(t.placement, actor, home, here)


@kernel
def take_remote(t: Tables, worker: int) -> int:
    """An actor from another NUMA node's shared queue, or NONE."""
    for row in range(t.shared_queues):
        if row != t.numa_node[worker]:
            actor = shared_queues.take(t, row)
            if actor >= 0:
                return actor
    return NONE


@cached_kernel
def move(t: Tables, actor: int, node: int) -> None:
    """Have an actor queued at a NUMA node from now on. Caller: Python."""
    atomics.exchange(t.placement, actor, ((node + 1) << 1) | MOVED)
