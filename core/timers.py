"""Timers: messages and commands sent later, once or periodically.

Each row (a worker's, or that of Python's threads) has its own binary heap, ordered by due
time, and its own lock word. Setting and cancelling lock the row; firing tries to, and skips
a row that another thread holds. Any worker fires any row, so a worker busy with one long
behaviour delays no timers.

1. set: take a node from a pool, fill it, push it on the heap of the caller's row. If it
   becomes the row's first, the row's DUE word says so and a sleeper is woken.
2. cancel: the node holds its row and its place in the heap, so it is removed at once.
3. fire (core.worker.due_timers): due timers leave the heap; a periodic one goes back in, unless
   its receiver has ended. Periods that passed while no worker could fire are skipped.
4. A worker about to sleep does so until the earliest DUE at most. It reads DUE after
   counting itself as a sleeper; a setter looks for sleepers after writing DUE.

A timer's reference is {generation of its node, node}; it is out of date once the timer has
fired or was cancelled. The node's word REF is as an actor's (core.actors.refs): equal to the
reference while the timer is set, and to no reference of the node at any other time.

Times beyond NEVER (146 years) count as NEVER, so no sum of them overflows.
"""

from zbench.core.actors.refs import (
    SLOT_BITS,
    SLOT_MASK,
    begin_life,
    end_life,
    is_retired,
    slot_of_ref,
)
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import shared_words, timer_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Data
from zbench.core.scheduler import parking

SPINS = 100  # tries for a row's lock before the thread yields its time slice


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
    """Send a message after delay ns, then every period ns unless that is 0.

    A kind below 0 stands for commands (core.actors.stages), negated. Returns the timer's
    reference, or NONE if every node is in use. Caller: the owner of row ``worker``.
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
    now = atomics.clock_ns()
    due = now + min(max(0, delay), timer_row.NEVER - now)
    t.timer[line + timer_row.TO] = to
    t.timer[line + timer_row.KIND] = kind
    t.timer[line + timer_row.PERIOD] = min(max(0, period), timer_row.NEVER)
    t.timer[line + timer_row.SENDER] = sender
    for word in range(len(data)):
        t.timer_data[line + word] = data[word]
    if not _lock(t, worker):
        return NONE
    timer = begin_life(t.timer[line + timer_row.REF], node)
    t.timer[line + timer_row.REF] = timer
    first = push(t, worker, due, node)
    unlock(t, worker)
    if first:
        parking.notify(t.shared)
    return timer


@optional_kernel("has_timers")
def cancel(t: Tables, worker: int, timer: int) -> bool:
    """Cancel a timer that a behaviour or Python set; False if it has fired or was cancelled.

    False too for any other integer, be it the timer of a question or of a delayed restart,
    whose references nobody has. Caller: as for set_timer.
    """
    row = _row_of(t, timer)
    return row != NONE and _lock(t, row) and _cancel(t, worker, row, timer, True)


@optional_kernel("has_timers")
def cancel_if_free(t: Tables, worker: int, timer: int) -> bool:
    """As cancel; also False if a thread, even the caller, holds the lock of the timer's row."""
    row = _row_of(t, timer)
    return row != NONE and try_lock(t, row) and _cancel(t, worker, row, timer, False)


@kernel
def _row_of(t: Tables, timer: int) -> int:
    """Row of a timer, if it is still set; NONE if the reference cannot be a timer's."""
    node = slot_of_ref(timer)
    if node >= t.timers:
        return NONE
    return atomics.load_relaxed(t.timer, node * LINE + timer_row.WHERE) >> SLOT_BITS


@kernel
def _cancel(t: Tables, worker: int, row: int, timer: int, public: bool) -> bool:
    """Take a timer, perhaps only a public one, out of a locked row, and unlock the row."""
    node = slot_of_ref(timer)
    line = node * LINE
    where = t.timer[line + timer_row.WHERE]
    alive = t.timer[line + timer_row.REF] == timer and where >> SLOT_BITS == row
    if public and _is_internal(t, line):
        alive = False
    if alive:
        remove(t, row, where & SLOT_MASK)
        t.timer[line + timer_row.REF] = end_life(timer)
    unlock(t, row)
    if alive:
        free(t, worker, node)
    return alive


@kernel
def _is_internal(t: Tables, line: int) -> bool:
    """Whether a timer is that of a delayed restart, or of a question, its own sender."""
    to = t.timer[line + timer_row.TO]
    return t.timer[line + timer_row.KIND] < 0 or (to < 0 and t.timer[line + timer_row.SENDER] == to)


@kernel
def free(t: Tables, worker: int, node: int) -> None:
    """Free the node of a timer whose life has ended, unless its generations are used up."""
    if not is_retired(t.timer[node * LINE + timer_row.REF]):
        index_pool.give(
            t.shared,
            shared_words.TIMER_POOL,
            t.timer,
            timer_row.FREE_LINK,
            t.timer_cache,
            worker,
            node,
        )


@kernel
def try_lock(t: Tables, row: int) -> bool:
    """Lock a row; False if another thread holds the lock."""
    # acq_rel; pairs with the release store in unlock(), carries the heap.
    return atomics.compare_exchange(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.LOCK, 0, 1)


@kernel
def _lock(t: Tables, row: int) -> bool:
    """Wait for a row's lock; False only if the system stops meanwhile."""
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
    """Release a row's lock."""
    # release; pairs with the exchange in try_lock().
    atomics.store_release(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.LOCK, 0)


@kernel
def push(t: Tables, row: int, due: int, node: int) -> bool:
    """Add a node to a locked row's heap; True if it is now the first."""
    size = t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE]
    t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE] = size + 1
    place = _rise(t, row, size, due)
    _put(t, row, place, due, node)
    if place == 0:
        _announce(t, row)
    return place == 0


@kernel
def remove(t: Tables, row: int, place: int) -> None:
    """Remove the entry at a place of a locked row's heap."""
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
    """Move later parents of a place down; the place for an entry due then."""
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
    """Move earlier children of a place up; the place for an entry due then."""
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
    """Write the time at which a locked row's first timer is due."""
    size = t.timer_row[row * timer_row.HEAP_WORDS + timer_row.HEAP_SIZE]
    due = t.timer_heap[row * t.timers * 2] if size > 0 else timer_row.NEVER
    # relaxed; a thread that must see it early is woken by parking.notify(), which fences.
    atomics.store_relaxed(t.timer_row, row * timer_row.HEAP_WORDS + timer_row.DUE, due)
