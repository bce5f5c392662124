"""Work stealing: queues of runnable actors, and a worker's search for the next one.

1. An actor woken by a worker goes to that worker's LIFO slot: its message is still in
   the cache, and nobody steals from the slot, so two actors that talk to each other
   stay on one worker. An actor already there moves to the deque, where it can be stolen.
2. A worker looks in its LIFO slot, its deque, the injection queue, then steals.
3. Fairness: after LIFO_LIMIT runs from the slot, and at every FAIR_INTERVAL-th look,
   the oldest of the deque goes first; at every INJECT_INTERVAL-th look the injection
   queue goes first.

Any other scheduler policy is asked first at a few points (core.scheduler.policies.policy).
"""

from zbench.core.compile.kernel import cold_kernel, kernel
from zbench.core.mailbox import reservation
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words, timer_row, worker_row
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.randomness import draw
from zbench.core.memory.tables import Tables
from zbench.core.queues import chase_lev, injection
from zbench.core.scheduler import parking, shared_queues
from zbench.core.scheduler.policies import load_balanced, numa, policy

LIFO_LIMIT = 64
FAIR_INTERVAL = 4
INJECT_INTERVAL = 61  # a prime, as in other schedulers, so that periods do not coincide
YIELDS = 4  # time slices yielded before sleeping


@kernel
def schedule(t: Tables, worker: int, actor: int) -> None:
    """Queue an actor the caller just woke. Caller: the owner of row ``worker``."""
    if len(t.scheduler_policy) > 0 and policy.place_woken(t, worker, actor):
        return
    if worker == t.workers:
        injection.push(t.shared, t.inject, t.actors, actor)
        parking.notify(t.shared)
        return
    share_lifo(t, worker)
    t.worker[worker * worker_row.WORDS + worker_row.LIFO] = actor


@kernel
def share(t: Tables, worker: int, actor: int) -> None:
    """Queue an actor where other workers can steal it."""
    if len(t.scheduler_policy) > 0 and policy.place_shared(t, worker, actor):
        return
    chase_lev.push(t.ends, t.items, t.actors, worker, actor)
    if t.workers > 1:
        parking.notify(t.shared)


@kernel
def take_lifo(t: Tables, worker: int) -> int:
    """Empty the LIFO slot and give back what is reserved for its actor; the actor, or NONE."""
    lifo = worker * worker_row.WORDS + worker_row.LIFO
    actor = t.worker[lifo]
    if actor != NONE:
        reservation.give_back(t, worker)
        t.worker[lifo] = NONE
    return actor


@kernel
def share_lifo(t: Tables, worker: int) -> None:
    """Let others steal the actor in the LIFO slot, since this worker is busy."""
    if worker == t.workers:
        return
    actor = take_lifo(t, worker)
    if actor != NONE:
        share(t, worker, actor)


@cold_kernel
def take_injected(t: Tables) -> int:
    """Oldest injected actor, or NONE; if others are left, a sleeper is woken."""
    # The threads that injected them may have woken nobody: this worker's wake-up was under way.
    actor = injection.pop(t.shared, t.inject, t.actors)
    if actor >= 0 and t.workers > 1 and not injection.is_empty(t.shared):
        parking.notify(t.shared)
    if len(t.scheduler_policy) > 0 and actor >= 0:
        shared_queues.wake_next(t)
    return actor


@kernel
def _take_shared(t: Tables, worker: int, oldest: bool) -> int:
    """An actor from this worker's deque, the newest or the oldest; negative if there is none."""
    if t.workers == 1:
        if oldest:
            return chase_lev.steal_alone(t.ends, t.items, t.actors, worker)
        return chase_lev.pop_alone(t.ends, t.items, t.actors, worker)
    if oldest:
        actor = chase_lev.steal(t.ends, t.items, t.actors, worker)
        if actor >= 0:
            return actor
    return chase_lev.pop(t.ends, t.items, t.actors, worker)


@kernel
def next_actor(t: Tables, worker: int) -> int:
    """Next actor to run without stealing, or NONE."""
    base = worker * worker_row.WORDS
    tick = t.worker[base + worker_row.TICK] + 1
    t.worker[base + worker_row.TICK] = tick
    fair = tick % INJECT_INTERVAL == 0
    if fair and t.worker[base + worker_row.HELPING] != 0:
        return NONE  # the bound of core.scheduler.helping, which looks for injected actors itself
    # An actor that runs before the one in the LIFO slot may have sent to that one from here,
    # then from another worker. It must not fill a slot reserved before it moved.
    if len(t.scheduler_policy) > 0:
        actor = policy.take_first(t, worker, tick)
        if actor >= 0:
            reservation.give_back(t, worker)
            return actor
    if fair:
        actor = take_injected(t)
        if actor >= 0:
            reservation.give_back(t, worker)
            return actor
    actor = t.worker[base + worker_row.LIFO]
    if actor != NONE:
        runs = t.worker[base + worker_row.LIFO_RUNS] + 1
        if runs < LIFO_LIMIT or chase_lev.size(t.ends, worker) == 0:
            t.worker[base + worker_row.LIFO_RUNS] = runs
            return take_lifo(t, worker)
        share_lifo(t, worker)
    t.worker[base + worker_row.LIFO_RUNS] = 0
    actor = _take_shared(t, worker, tick % FAIR_INTERVAL == 0 or actor != NONE)
    if actor >= 0:
        return actor
    actor = take_injected(t)
    if len(t.scheduler_policy) > 0 and actor < 0:
        actor = policy.take_own(t, worker)
    return actor


@kernel
def steal(t: Tables, worker: int, near: bool) -> int:
    """Take actors from another worker: one to run, or NONE. One look at each victim.

    Under "numa" and with ``near``, only from workers of the same NUMA node.
    """
    start = draw(t, worker) >> 15
    for k in range(t.workers):
        victim = (start + k) % t.workers
        if (
            len(t.scheduler_policy) == policy.NUMA
            and near
            and t.numa_node[victim] != t.numa_node[worker]
        ):
            continue
        if victim != worker and chase_lev.size(t.ends, victim) > 0:
            actor = _steal_from(t, worker, victim)
            if actor != NONE:
                return actor
    return NONE


@kernel
def _steal_from(t: Tables, worker: int, victim: int) -> int:
    """Take up to half of a victim's actors, one by one; the first of them, or NONE."""
    base = worker * worker_row.WORDS
    first = NONE
    limit = atomics.load_relaxed(t.shared, shared_words.STEAL_MOST_SET)
    most = min(limit, (chase_lev.size(t.ends, victim) + 1) // 2)
    for _ in range(most):
        t.worker[base + worker_row.STEAL_ATTEMPTS] += 1
        actor = chase_lev.steal(t.ends, t.items, t.actors, victim)
        if actor < 0:
            break
        t.worker[base + worker_row.STEALS] += 1
        if first == NONE:
            first = actor
        else:
            chase_lev.push(t.ends, t.items, t.actors, worker, actor)
    if first != NONE and chase_lev.size(t.ends, victim) > 0:
        parking.notify(t.shared)
    return first


@kernel
def has_work(t: Tables) -> bool:
    """Whether an actor is queued where any worker could take it."""
    if not injection.is_empty(t.shared):
        return True
    if len(t.scheduler_policy) > 0 and shared_queues.is_waiting(t):
        return True
    for victim in range(t.workers):  # noqa: SIM110  kernels know no generators
        if chase_lev.size(t.ends, victim) > 0:
            return True
    return False


@kernel
def _nap(t: Tables) -> int:
    """Longest sleep in ns: until the next timer is due (core.timers, step 4)."""
    if len(t.has_timers) == 0:
        return parking.NAP_NS
    due = timer_row.NEVER
    for row in range(t.workers + 1):
        due = min(
            due, atomics.load_relaxed(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.DUE)
        )
    return max(0, min(parking.NAP_NS, due - atomics.clock_ns()))


@kernel
def _look(t: Tables, worker: int, look: int, spins: int) -> int:
    """Look once in the other queues for an actor; the actor, or NONE."""
    actor = NONE
    if len(t.scheduler_policy) > 0:
        actor = policy.take_own(t, worker)
    if actor == NONE and t.workers > 1:
        actor = steal(t, worker, look < min(numa.REMOTE_LOOKS, spins))
        if len(t.scheduler_policy) > 0 and actor >= 0:
            shared_queues.wake_next(t)
    if actor == NONE:
        actor = take_injected(t)
    if len(t.scheduler_policy) > 0 and actor < 0:
        actor = policy.take_left_over(t, worker, look, spins)
    return actor


@cold_kernel
def find_work(t: Tables, worker: int) -> int:
    """Spin, then yield, then sleep until there is an actor to run; NONE after a sleep."""
    looking = worker * worker_row.WORDS + worker_row.LOOKING
    atomics.store_relaxed(t.worker, looking, 1)
    actor = _wait_for_work(t, worker)
    atomics.store_relaxed(t.worker, looking, 0)
    return actor


@kernel
def _wait_for_work(t: Tables, worker: int) -> int:
    """Look repeatedly for an actor, then sleep; NONE after a sleep."""
    spins = atomics.load_relaxed(t.shared, shared_words.SPINS_SET)
    if len(t.scheduler_policy) == policy.LOAD_BALANCED:
        load_balanced.sample_load(t, worker)
    for look in range(spins + YIELDS):
        actor = _look(t, worker, look, spins)
        if actor >= 0:
            return actor
        if atomics.load_relaxed(t.shared, shared_words.STOP) != 0:
            return NONE
        if look < spins:
            atomics.pause()
        else:
            atomics.sched_yield()
    if len(t.scheduler_policy) == policy.LOAD_BALANCED:
        load_balanced.forget_load(t, worker)
    epoch = parking.announce(t.shared)
    nap = _nap(t)
    if nap <= 0 or has_work(t) or atomics.load_acquire(t.shared, shared_words.STOP) != 0:
        parking.withdraw(t.shared)
        return NONE
    t.worker[worker * worker_row.WORDS + worker_row.PARKS] += 1
    parking.sleep(t.shared, epoch, nap)
    return NONE
