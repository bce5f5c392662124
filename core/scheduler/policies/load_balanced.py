"""The scheduler policy "load-balanced": shared actors go to the least loaded worker.

A worker's load is a moving average (alpha 0.3) of the length of its queues, sampled by the
worker at every SAMPLE_INTERVAL-th look, plus the present length of its shared queue. The
last samples are kept in a ring. An actor moves to another worker only if that saves it
more than one place.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import worker_row
from zbench.core.memory.layout.lines import NONE, PAIR
from zbench.core.memory.tables import Tables
from zbench.core.queues import chase_lev
from zbench.core.scheduler import shared_queues

# Words of a worker's row in `worker_load`.
LOAD = 0  # moving average of the length of its queues; worker, relaxed
LOAD_POINTS = 1  # samples taken so far; worker, release
LOAD_RING = PAIR  # the last samples
LOAD_KEPT = 1000
LOAD_WORDS = 64 * PAIR

SAMPLE_INTERVAL = 16
LOAD_SHIFT = 16  # the average is in 65536ths of an actor
ONE = 1 << LOAD_SHIFT
ALPHA_TENTHS = 3


@kernel
def averaged(average: int, length: int) -> int:
    """The moving average after one more sample."""
    return average + ((length << LOAD_SHIFT) - average) * ALPHA_TENTHS // 10


@optional_kernel("scheduler_policy")
def sample_load(t: Tables, worker: int) -> None:
    """Take a sample of the worker's load. Caller: the worker."""
    waiting = chase_lev.size(t.ends, worker) + shared_queues.length(t, worker)
    waiting += t.worker[worker * worker_row.WORDS + worker_row.LIFO] != NONE
    row = worker * LOAD_WORDS
    atomics.store_relaxed(t.worker_load, row + LOAD, averaged(t.worker_load[row + LOAD], waiting))
    points = t.worker_load[row + LOAD_POINTS]
    atomics.store_relaxed(t.worker_load, row + LOAD_RING + points % LOAD_KEPT, waiting)
    # release, carries the sample; read_loads() reads the count before it copies the ring.
    atomics.store_release(t.worker_load, row + LOAD_POINTS, points + 1)


@optional_kernel("scheduler_policy")
def forget_load(t: Tables, worker: int) -> None:
    """Zero the load of a worker about to sleep: it takes no samples. Caller: the worker."""
    atomics.store_relaxed(t.worker_load, worker * LOAD_WORDS + LOAD, 0)


@kernel
def load_of(t: Tables, worker: int) -> int:
    """A worker's load, in 65536ths of an actor."""
    average = atomics.load_relaxed(t.worker_load, worker * LOAD_WORDS + LOAD)
    return average + (shared_queues.length(t, worker) << LOAD_SHIFT)


@kernel
def place(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor at the least loaded worker; False if that is the caller."""
    best = worker
    least = load_of(t, worker) - ONE if worker < t.workers else 1 << 62
    for k in range(t.workers):
        other = (actor + k) % t.workers
        load = load_of(t, other)
        if other != worker and load < least:
            best = other
            least = load
    if best == worker:
        return False
    shared_queues.put(t, worker, best, actor)
    return True


@kernel
def take_others(t: Tables, worker: int) -> int:
    """An actor from another worker's shared queue, or NONE."""
    for k in range(1, t.workers):
        actor = shared_queues.take(t, (worker + k) % t.workers)
        if actor >= 0:
            return actor
    return NONE
