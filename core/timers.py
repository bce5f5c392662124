"""Timers: messages and commands for later, once or again and again.

Each row (a worker, or Python's threads) has a binary heap of its own, ordered by due
time, under a lock word of its own. Setting and cancelling lock the row; firing tries to,
and leaves a row that somebody else holds. Any worker fires any row, so a worker busy with
one long behaviour delays nobody's timers.

1. set: a node from a pool, filled, pushed on the heap of the caller's row. If it is the
   row's first to be due, the row's DUE word says so and a sleeper is woken.
2. cancel: the node knows its row and its place in the heap; it is removed at once.
3. fire (core.worker.due_timers): what is due leaves the heap; a periodic timer goes back in, unless
   its receiver has ended. Periods that passed while nobody could fire are left out, not caught up.
4. A worker about to sleep does so until the earliest DUE at most. It reads it after it
   counted itself as a sleeper, and a setter looks for sleepers after it wrote it.

A timer's reference is {life of its node, node}; one that has fired or was cancelled is
out of date.
"""

from zbench.core.actors.refs import SLOT_BITS, SLOT_MASK, generation_of_ref, ref_of, slot_of_ref
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import shared_words, timer_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Data
from zbench.core.scheduler import parking

SPINS = 100  # tries for a row's lock before the time slice is given away


@optional_kernel("has_timers")
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

    A kind below 0 is commands (core.actors.stages), negated. Returns the timer's reference, or
    NONE if every node is in use. Caller: the owner of row ``worker``.
    """
    node = index_pool.take(
        t.shared,
        shared_words.TIMER_POOL,
        t.timer,
        timer_row.FREE_LINK,
        t.timer_cache,
        worker,
        t.timers,
    )
    if node == NONE:
        return NONE
    line = node * LINE
    due = atomics.clock_ns() + max(0, delay)
    t.timer[line + timer_row.TO] = to
    t.timer[line + timer_row.KIND] = kind
    t.timer[line + timer_row.PERIOD] = max(0, period)
    t.timer[line + timer_row.SENDER] = sender
    for word in range(len(data)):
        t.timer_data[line + word] = data[word]
    timer = ref_of(t.timer[line + timer_row.GENERATION], node)
    if not _lock(t, worker):
        return NONE
    first = push(t, worker, due, node)
    unlock(t, worker)
    if first:
        parking.notify(t.shared)
    return timer


@optional_kernel("has_timers")
def cancel(t: Tables, worker: int, timer: int) -> bool:
    """Take a timer back; False if it has fired, or was cancelled. Caller as for set_timer."""
    row = _row_of(t, timer)
    return row != NONE and _lock(t, row) and _cancel(t, worker, row, timer)


@optional_kernel("has_timers")
def cancel_if_free(t: Tables, worker: int, timer: int) -> bool:
    """As cancel, but False too if somebody, maybe the caller, works on the timer's row."""
    row = _row_of(t, timer)
    return row != NONE and try_lock(t, row) and _cancel(t, worker, row, timer)


@kernel
def _row_of(t: Tables, timer: int) -> int:
    """The row a timer is in, if it still is in one; NONE of what is no timer's reference."""
    node = slot_of_ref(timer)
    if timer < 0 or node >= t.timers:
        return NONE
    return atomics.load_relaxed(t.timer, node * LINE + timer_row.WHERE) >> SLOT_BITS


@kernel
def _cancel(t: Tables, worker: int, row: int, timer: int) -> bool:
    """Take a timer out of a locked row, and unlock that."""
    node = slot_of_ref(timer)
    line = node * LINE
    where = t.timer[line + timer_row.WHERE]
    alive = (
        t.timer[line + timer_row.GENERATION] == generation_of_ref(timer)
        and where >> SLOT_BITS == row
    )
    if alive:
        remove(t, row, where & SLOT_MASK)
        t.timer[line + timer_row.GENERATION] += 1
    unlock(t, row)
    if alive:
        index_pool.give(
            t.shared,
            shared_words.TIMER_POOL,
            t.timer,
            timer_row.FREE_LINK,
            t.timer_cache,
            worker,
            node,
        )
    return alive


@kernel
def try_lock(t: Tables, row: int) -> bool:
    """Take a row that nobody works on."""
    # acq_rel; pairs with the release store in unlock(), carries the heap.
    return atomics.compare_exchange(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.LOCK, 0, 1)


@kernel
def _lock(t: Tables, row: int) -> bool:
    """Wait for a row; False only if the system stops meanwhile."""
    tries = 0
    while not try_lock(t, row):
        if atomics.load_relaxed(t.shared, shared_words.STOP) != 0:
            return False
        tries += 1
        if tries < SPINS:
            atomics.pause()
        else:
            atomics.sched_yield()
    return True


@kernel
def unlock(t: Tables, row: int) -> None:
    """Let others work on a row."""
    # release; pairs with the exchange in try_lock().
    atomics.store_release(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.LOCK, 0)


@kernel
def push(t: Tables, row: int, due: int, node: int) -> bool:
    """Add a node to a locked row's heap; whether it is now the first."""
    size = t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE]
    t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE] = size + 1
    place = _rise(t, row, size, due)
    _put(t, row, place, due, node)
    if place == 0:
        _announce(t, row)
    return place == 0


@kernel
def remove(t: Tables, row: int, place: int) -> None:
    """Take what is at a place out of a locked row's heap."""
    base = row * t.timers * 2
    last = t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE] - 1
    t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE] = last
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
    atomics.store_relaxed(t.timer, node * LINE + timer_row.WHERE, (row << SLOT_BITS) | place)


@kernel
def _announce(t: Tables, row: int) -> None:
    """Say when the first timer of a locked row is due."""
    size = t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE]
    due = t.timer_heap[row * t.timers * 2] if size > 0 else timer_row.NEVER
    # relaxed; who must see it early is woken by notify(), which fences.
    atomics.store_relaxed(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.DUE, due)
