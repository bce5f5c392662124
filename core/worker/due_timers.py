"""Due timers: step 3 of core.timers, in a module of its own since it sends messages."""

from zbench.core.actors.refs import end_life, is_alive
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.delivery import routers
from zbench.core.delivery.send import deliver
from zbench.core.lifecycle import commands
from zbench.core.mailbox import reservation
from zbench.core.memory import atomics
from zbench.core.memory.layout import timer_row, worker_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import enclose
from zbench.core.timers import free, push, remove, try_lock, unlock

FIRE_MOST = 64  # timers of a row fired at once
FIRE_INTERVAL = 128  # messages handled and actors run between two looks at the timers


@optional_kernel("has_timers")
def fire(t: Tables, worker: int) -> None:
    """Fire the timers that are due. Caller: the worker."""
    now = atomics.clock_ns()
    interval = FIRE_INTERVAL
    for row in range(t.workers + 1):
        if atomics.load_relaxed(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.DUE) > now:
            continue
        if try_lock(t, row):
            # Another worker may have fired timers of this row since the slots were reserved.
            reservation.give_back(t, worker)
            for _ in range(FIRE_MOST):
                if t.timer_row[row * timer_row.HEAP_WORDS + timer_row.DUE] > now:
                    break
                _fire_first(t, worker, row, now)
            if t.timer_row[row * timer_row.HEAP_WORDS + timer_row.DUE] <= now:
                interval = 0
            unlock(t, row)
    t.worker[worker * worker_row.WORDS + worker_row.FIRE_NEXT] = _work_done(t, worker) + interval


@kernel
def is_time_to_fire(t: Tables, worker: int) -> bool:
    """Whether enough work was done since the last look at the timers. Caller: the worker."""
    return _work_done(t, worker) >= t.worker[worker * worker_row.WORDS + worker_row.FIRE_NEXT]


@kernel
def _work_done(t: Tables, worker: int) -> int:
    """Messages handled and looks for an actor: the measure of time between looks at timers."""
    base = worker * worker_row.WORDS
    return t.worker[base + worker_row.PROCESSED] + t.worker[base + worker_row.TICK]


@kernel
def _fire_first(t: Tables, worker: int, row: int, now: int) -> None:
    """Remove the first timer of a locked row and carry it out."""
    base = row * t.timers * 2
    due = t.timer_heap[base]
    node = t.timer_heap[base + 1]
    line = node * LINE
    remove(t, row, 0)
    to = t.timer[line + timer_row.TO]
    kind = t.timer[line + timer_row.KIND]
    sender = t.timer[line + timer_row.SENDER]
    data = (
        t.timer_data[line],
        t.timer_data[line + 1],
        t.timer_data[line + 2],
        t.timer_data[line + 3],
        t.timer_data[line + 4],
        t.timer_data[line + 5],
    )
    period = t.timer[line + timer_row.PERIOD]
    if period > 0 and (is_alive(t, to) or routers.is_router(t, to)):
        following = due + period * ((now - due) // period + 1)
        push(t, row, min(following, timer_row.NEVER), node)
    else:
        t.timer[line + timer_row.REF] = end_life(t.timer[line + timer_row.REF])
        free(t, worker, node)
    if kind >= 0:
        deliver(t, worker, enclose(to, kind, sender, data))
    elif len(t.supervised) > 0:
        commands.command(t, worker, to, -kind)
