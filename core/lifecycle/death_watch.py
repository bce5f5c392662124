"""Death watch: a watcher gets a message when the watched incarnation ends.

Each watch is a node in a stack of the watched actor. WATCHERS packs {lives before, node + 1}.

1. watch: fill a node and push it by an exchange that fails once the incarnation has
   ended; in that case, and for a reference of nobody, send the message at once.
2. notify_watchers (owner, after REF has moved on): write the ending reason to WHY,
   take the stack by an exchange that writes the next life, send every message.
3. unwatch: exchange ARMED in the node's STATE for CANCELLED, so that no thread sends; then
   take the stack and push back the nodes not cancelled. If that push fails, the
   incarnation has ended and its owner found an empty stack: the caller of unwatch sends.

So a node is in one stack, or held by one thread, which sends unless it was cancelled
first. A node cancelled while another thread's unwatch holds it stays until the next
unwatch, or the end. A watcher that ends leaves its watches; their messages are dead
letters.

A watch's handle is {life of its node, node}, {34, 29} bits. Lives start at 1, so 0 is no handle,
and a node whose lives are used up is never used again: at 50 ns a watch 100 nodes a day.
"""

from zbench.core.actors.refs import (
    SLOT_BITS,
    SLOT_MASK,
    is_alive,
    lives_before,
    slot_of_ref,
    tenant,
)
from zbench.core.compile.kernel import cold_kernel, kernel, optional_kernel
from zbench.core.delivery.send import deliver
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import shared_words, watch_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import enclose
from zbench.core.queues import treiber

# STATE of a node: {life, phase}.
FREE = 0
ARMED = 1
CANCELLED = 2
PHASE_BITS = 2
PHASE_MASK = (1 << PHASE_BITS) - 1
NODE_BITS = 29
NODE_MASK = (1 << NODE_BITS) - 1
LAST_LIFE = (1 << (63 - NODE_BITS)) - 1

UNKNOWN = 0  # as core.actors.ending_reasons


@optional_kernel("has_watches")
def watch(t: Tables, worker: int, watcher: int, target: int, kind: int) -> int:
    """Send a message of a kind to the watcher when the target ends; the watch, or NONE.

    Caller: the owner of row ``worker``, as in all of this module.
    """
    node = index_pool.take(
        t.shared,
        shared_words.WATCH_POOL,
        t.watch,
        watch_row.FREE_LINK,
        t.watch_cache,
        worker,
        t.watches,
    )
    if node == NONE:
        return NONE
    line = node * LINE
    atomics.store_relaxed(t.watch, line + watch_row.TARGET, target)
    t.watch[line + watch_row.WATCHER] = watcher
    t.watch[line + watch_row.KIND] = kind
    life = max(1, t.watch[line + watch_row.STATE] >> PHASE_BITS)
    atomics.store_relaxed(t.watch, line + watch_row.STATE, (life << PHASE_BITS) | ARMED)
    if not is_alive(t, target) or not _push(t, target, node, node):
        _send(t, worker, node, _why(t, target))
    return (life << NODE_BITS) | node


@optional_kernel("has_watches")
def unwatch(t: Tables, worker: int, handle: int) -> bool:
    """Cancel a watch; False if its message was sent, or it was cancelled before."""
    node = handle & NODE_MASK
    if handle < 0 or node >= t.watches:
        return False
    # relaxed, and before the exchange: if that finds this life, so did this load.
    target = atomics.load_relaxed(t.watch, node * LINE + watch_row.TARGET)
    armed = ((handle >> NODE_BITS) << PHASE_BITS) | ARMED
    # acq_rel; the sender exchanges the same word in _send().
    if not atomics.compare_exchange(
        t.watch, node * LINE + watch_row.STATE, armed, armed - ARMED + CANCELLED
    ):
        return False
    _sweep(t, worker, target)
    return True


@optional_kernel("has_watches")
def notify_watchers(t: Tables, worker: int, actor: int) -> None:
    """Notify the watchers of the incarnation that ended. Caller: the owner, after its end."""
    line = actor * LINE
    following = lives_before(tenant(t, actor))
    # release; pairs with the acquire load in _push(), through the exchange.
    atomics.store_release(
        t.watched, line + watch_row.WHY, ((following - 1) << SLOT_BITS) | t.ending_reason[actor]
    )
    watchers = line + watch_row.WATCHERS
    word = treiber.take_all(t.watched, watchers, treiber.empty_head(following))
    _send_all(t, worker, word & treiber.INDEX_MASK, t.ending_reason[actor])


@kernel
def _push(t: Tables, target: int, first: int, last: int) -> bool:
    """Push linked nodes on the target's stack; False if that incarnation has ended."""
    watchers = slot_of_ref(target) * LINE + watch_row.WATCHERS
    link = last * LINE + watch_row.NEXT
    life = lives_before(target)
    # The acquire load in there pairs with the exchange in notify_watchers(), carries WHY.
    below = treiber.push_for(t.watched, watchers, life, t.watch, link, first + 1)
    return below != NONE


@kernel
def _why(t: Tables, target: int) -> int:
    """Ending reason of an incarnation; UNKNOWN unless it was the slot's last one to end."""
    if slot_of_ref(target) >= t.actors:
        return UNKNOWN
    # relaxed; see _push().
    word = atomics.load_relaxed(t.watched, slot_of_ref(target) * LINE + watch_row.WHY)
    return word & SLOT_MASK if word >> SLOT_BITS == lives_before(target) else UNKNOWN


@kernel
def _sweep(t: Tables, worker: int, target: int) -> None:
    """Free the cancelled nodes of the target's stack."""
    watchers = slot_of_ref(target) * LINE + watch_row.WATCHERS
    while True:
        word = atomics.load_acquire(t.watched, watchers)
        if not treiber.is_of(word, lives_before(target)):
            return
        # acq_rel; acquire pairs with the exchange in _push().
        if atomics.compare_exchange(
            t.watched, watchers, word, treiber.empty_head(lives_before(target))
        ):
            break
    first = 0
    last = 0
    node = word & treiber.INDEX_MASK
    while node != 0:
        following = atomics.load_relaxed(t.watch, (node - 1) * LINE + watch_row.NEXT)
        # acquire; pairs with the exchange in unwatch().
        if (
            atomics.load_acquire(t.watch, (node - 1) * LINE + watch_row.STATE) & PHASE_MASK
            == CANCELLED
        ):
            _free(t, worker, node - 1)
        else:
            if first == 0:
                first = node
            else:
                atomics.store_relaxed(t.watch, (last - 1) * LINE + watch_row.NEXT, node)
            last = node
        node = following
    if first != 0 and not _push(t, target, first - 1, last - 1):
        atomics.store_relaxed(t.watch, (last - 1) * LINE + watch_row.NEXT, 0)
        _send_all(t, worker, first, _why(t, target))


@kernel
def _send_all(t: Tables, worker: int, node: int, why: int) -> None:
    """Send the messages of linked nodes that the caller holds; ``node`` is the first + 1."""
    while node != 0:
        following = atomics.load_relaxed(t.watch, (node - 1) * LINE + watch_row.NEXT)
        _send(t, worker, node - 1, why)
        node = following


@cold_kernel
def _send(t: Tables, worker: int, node: int, why: int) -> None:
    """Send a watch's message unless it was cancelled, and free the node."""
    line = node * LINE
    watcher = t.watch[line + watch_row.WATCHER]
    target = atomics.load_relaxed(t.watch, line + watch_row.TARGET)
    kind = t.watch[line + watch_row.KIND]
    state = atomics.load_relaxed(t.watch, line + watch_row.STATE)
    # acq_rel; of this and unwatch() one finds ARMED.
    armed = state & PHASE_MASK == ARMED and atomics.compare_exchange(
        t.watch, line + watch_row.STATE, state, state - ARMED + FREE
    )
    _free(t, worker, node)
    if armed:
        deliver(t, worker, enclose(watcher, kind, target, (target, why, 0, 0, 0, 0)))


@kernel
def _free(t: Tables, worker: int, node: int) -> None:
    """Free a node; the handle of its watch is out of date from now on."""
    state = node * LINE + watch_row.STATE
    life = (t.watch[state] >> PHASE_BITS) + 1
    atomics.store_relaxed(t.watch, state, life << PHASE_BITS)
    if life <= LAST_LIFE:
        index_pool.give(
            t.shared,
            shared_words.WATCH_POOL,
            t.watch,
            watch_row.FREE_LINK,
            t.watch_cache,
            worker,
            node,
        )
