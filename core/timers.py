"""Timers: messages and commands for later, once or again and again.

Each row (a worker, or Python's threads) has a binary heap of its own, ordered by due
time, under a lock word of its own. Setting and cancelling lock the row; firing tries to,
and leaves a row that somebody else holds. Any worker fires any row, so a worker busy with
one long behaviour delays nobody's timers.

1. set: a node from a pool, filled, pushed on the heap of the caller's row. If it is the
   row's first to be due, the row's DUE word says so and a sleeper is woken.
2. cancel: the node knows its row and its place in the heap; it is removed at once.
3. fire: what is due leaves the heap; a periodic timer goes back in, unless its receiver
   has ended. Periods that passed while nobody could fire are left out, not caught up.
4. A worker about to sleep does so until the earliest DUE at most. It reads it after it
   counted itself as a sleeper, and a setter looks for sleepers after it wrote it.

A timer's reference is {life of its node, node}; one that has fired or was cancelled is
out of date.
"""

from zbench.core import atomics as at
from zbench.core import family, parking, pool, routers
from zbench.core.kernel import kernel, optional_kernel
from zbench.core.layout import (
    DUE,
    HEAP_SIZE,
    LINE,
    NEVER,
    NONE,
    ROW_LOCK,
    STOP,
    TIMER_KIND,
    TIMER_LIFE,
    TIMER_LINK,
    TIMER_PERIOD,
    TIMER_POOL,
    TIMER_ROW_WORDS,
    TIMER_SENDER,
    TIMER_TO,
    TIMER_WHERE,
    Tables,
)
from zbench.core.mailbox import Data
from zbench.core.refs import SLOT_BITS, SLOT_MASK, generation_of_ref, is_alive, ref_of, slot_of_ref
from zbench.core.sending import deliver

FIRE_MOST = 64  # timers of a row fired at once
SPINS = 100  # tries for a row's lock before the time slice is given away


@optional_kernel("timing")
def set_timer(
    t: Tables,
    worker: int,
    delay: int,
    period: int,
    to: int,
    kind: int,
    sender: int,
    data: Data,
) -> int:
    """Send a message after delay ns, then every period ns if that is not 0.

    A kind below 0 is commands (core.stages), negated. Returns the timer's reference, or
    NONE if every node is in use. Caller: the owner of row ``worker``.
    """
    node = pool.take(t.shared, TIMER_POOL, t.timer, TIMER_LINK, t.timer_cache, worker, t.timers)
    if node == NONE:
        return NONE
    line = node * LINE
    due = at.clock_ns() + max(0, delay)
    t.timer[line + TIMER_TO] = to
    t.timer[line + TIMER_KIND] = kind
    t.timer[line + TIMER_PERIOD] = max(0, period)
    t.timer[line + TIMER_SENDER] = sender
    for word in range(len(data)):
        t.timer_data[line + word] = data[word]
    timer = ref_of(t.timer[line + TIMER_LIFE], node)
    if not _lock(t, worker):
        return NONE
    first = _push(t, worker, due, node)
    _unlock(t, worker)
    if first:
        parking.notify(t.shared)
    return timer


@optional_kernel("timing")
def cancel(t: Tables, worker: int, timer: int) -> bool:
    """Take a timer back; False if it has fired, or was cancelled. Caller as for set_timer."""
    node = slot_of_ref(timer)
    if timer < 0 or node >= t.timers:
        return False
    line = node * LINE
    row = at.load_relaxed(t.timer, line + TIMER_WHERE) >> SLOT_BITS
    if not _lock(t, row):
        return False
    where = t.timer[line + TIMER_WHERE]
    alive = t.timer[line + TIMER_LIFE] == generation_of_ref(timer) and where >> SLOT_BITS == row
    if alive:
        _remove(t, row, where & SLOT_MASK)
        t.timer[line + TIMER_LIFE] += 1
    _unlock(t, row)
    if alive:
        pool.give(t.shared, TIMER_POOL, t.timer, TIMER_LINK, t.timer_cache, worker, node)
    return alive


@optional_kernel("timing")
def fire(t: Tables, worker: int) -> None:
    """Do what is due. Caller: the worker."""
    now = at.clock_ns()
    for row in range(t.workers + 1):
        if at.load_relaxed(t.timer_row, row * TIMER_ROW_WORDS + DUE) > now:
            continue
        # acq_rel; pairs with the release store in _unlock().
        if at.compare_exchange(t.timer_row, row * TIMER_ROW_WORDS + ROW_LOCK, 0, 1):
            for _ in range(FIRE_MOST):
                if t.timer_row[row * TIMER_ROW_WORDS + DUE] > now:
                    break
                _fire_first(t, worker, row, now)
            _unlock(t, row)


@kernel
def _fire_first(t: Tables, worker: int, row: int, now: int) -> None:
    """Take the first timer of a locked row and do what it says."""
    base = row * t.timers * 2
    due = t.timer_heap[base]
    node = t.timer_heap[base + 1]
    line = node * LINE
    _remove(t, row, 0)
    to = t.timer[line + TIMER_TO]
    kind = t.timer[line + TIMER_KIND]
    sender = t.timer[line + TIMER_SENDER]
    data = (
        t.timer_data[line],
        t.timer_data[line + 1],
        t.timer_data[line + 2],
        t.timer_data[line + 3],
        t.timer_data[line + 4],
        t.timer_data[line + 5],
    )
    period = t.timer[line + TIMER_PERIOD]
    if period > 0 and (is_alive(t, to) or routers.is_router(t, to)):
        _push(t, row, due + period * ((now - due) // period + 1), node)
    else:
        t.timer[line + TIMER_LIFE] += 1
        pool.give(t.shared, TIMER_POOL, t.timer, TIMER_LINK, t.timer_cache, worker, node)
    if kind >= 0:
        deliver(t, worker, to, kind, sender, data)
    elif len(t.supervised) > 0:
        family.command(t, worker, to, -kind)


@kernel
def _lock(t: Tables, row: int) -> bool:
    """Wait for a row; False only if the system stops meanwhile."""
    tries = 0
    # acq_rel; pairs with the release store in _unlock(), carries the heap.
    while not at.compare_exchange(t.timer_row, row * TIMER_ROW_WORDS + ROW_LOCK, 0, 1):
        if at.load_relaxed(t.shared, STOP) != 0:
            return False
        tries += 1
        if tries < SPINS:
            at.pause()
        else:
            at.sched_yield()
    return True


@kernel
def _unlock(t: Tables, row: int) -> None:
    """Let others work on a row."""
    # release; pairs with the exchanges in _lock() and fire().
    at.store_release(t.timer_row, row * TIMER_ROW_WORDS + ROW_LOCK, 0)


@kernel
def _push(t: Tables, row: int, due: int, node: int) -> bool:
    """Add a node to a locked row's heap; whether it is now the first."""
    size = t.timer_row[row * TIMER_ROW_WORDS + HEAP_SIZE]
    t.timer_row[row * TIMER_ROW_WORDS + HEAP_SIZE] = size + 1
    place = _rise(t, row, size, due)
    _put(t, row, place, due, node)
    if place == 0:
        _announce(t, row)
    return place == 0


@kernel
def _remove(t: Tables, row: int, place: int) -> None:
    """Take what is at a place out of a locked row's heap."""
    base = row * t.timers * 2
    last = t.timer_row[row * TIMER_ROW_WORDS + HEAP_SIZE] - 1
    t.timer_row[row * TIMER_ROW_WORDS + HEAP_SIZE] = last
    if place != last:
        due = t.timer_heap[base + 2 * last]
        node = t.timer_heap[base + 2 * last + 1]
        hole = _rise(t, row, place, due)
        if hole == place:
            hole = _sink(t, row, place, due, last)
        _put(t, row, hole, due, node)
    _announce(t, row)


@kernel
def _rise(t: Tables, row: int, place: int, due: int) -> int:
    """Move later parents of a place down; the place for something due then."""
    base = row * t.timers * 2
    while place > 0:
        parent = (place - 1) // 2
        if t.timer_heap[base + 2 * parent] <= due:
            break
        _put(t, row, place, t.timer_heap[base + 2 * parent], t.timer_heap[base + 2 * parent + 1])
        place = parent
    return place


@kernel
def _sink(t: Tables, row: int, place: int, due: int, size: int) -> int:
    """Move earlier children of a place up; the place for something due then."""
    base = row * t.timers * 2
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and (
            t.timer_heap[base + 2 * child + 2] < t.timer_heap[base + 2 * child]
        ):
            child += 1
        if t.timer_heap[base + 2 * child] >= due:
            break
        _put(t, row, place, t.timer_heap[base + 2 * child], t.timer_heap[base + 2 * child + 1])
        place = child
    return place


@kernel
def _put(t: Tables, row: int, place: int, due: int, node: int) -> None:
    """Write an entry of a locked row's heap, and its place into the node."""
    base = row * t.timers * 2
    t.timer_heap[base + 2 * place] = due
    t.timer_heap[base + 2 * place + 1] = node
    at.store_relaxed(t.timer, node * LINE + TIMER_WHERE, (row << SLOT_BITS) | place)


@kernel
def _announce(t: Tables, row: int) -> None:
    """Say when the first timer of a locked row is due."""
    size = t.timer_row[row * TIMER_ROW_WORDS + HEAP_SIZE]
    due = t.timer_heap[row * t.timers * 2] if size > 0 else NEVER
    # relaxed; who must see it early is woken by notify(), which fences.
    at.store_relaxed(t.timer_row, row * TIMER_ROW_WORDS + DUE, due)
