"""Detached messages: messages that lie in no ring, each in a slot of ``message`` behind them.

The slot is part of ``message``, so a behaviour reads it in place like any other (``ctx.slot``).
The first ``stash_room`` belong to the stash (core.delivery.stash), the rest to system messages
(core.delivery.system_messages); each of the two has a pool, so that neither uses up the other's.
Lists are linked by detached_row.NEXT, as index + 1, 0 at the end. ``node`` is the index of a
detached message.
"""

from zbench.core.compile.kernel import cold_kernel, kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import detached_row, shared_words
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope


@kernel
def slot_of(t: Tables, node: int) -> int:
    """Offset in ``message`` of a detached message's slot."""
    return t.detached_base + node * envelope.message_words(t)


@kernel
def next_of(t: Tables, node: int) -> int:
    """Index + 1 of the next one in its list, or 0."""
    # relaxed; the operation that hands the list over carries the links.
    return atomics.load_relaxed(t.detached, node * LINE + detached_row.NEXT)


@kernel
def link(t: Tables, node: int, after: int) -> None:
    """Link a detached message to ``after``, an index + 1. Caller: its holder."""
    atomics.store_relaxed(t.detached, node * LINE + detached_row.NEXT, after)


@cold_kernel
def take_for_stash(t: Tables, worker: int) -> int:
    """Take one for the stash, or NONE. Caller: the owner of row ``worker``, as for all here."""
    return index_pool.take(
        t.shared,
        shared_words.STASH_POOL,
        t.detached,
        detached_row.FREE_LINK,
        t.stash_cache,
        worker,
        t.stash_room,
    )


@cold_kernel
def take_for_system(t: Tables, worker: int) -> int:
    """Take one for a system message, or NONE."""
    return index_pool.take(
        t.shared,
        shared_words.SYSTEM_POOL,
        t.detached,
        detached_row.FREE_LINK,
        t.system_cache,
        worker,
        t.detached_count,
    )


@cold_kernel
def give(t: Tables, worker: int, node: int) -> None:
    """Give a detached message back to its pool."""
    if node < t.stash_room:
        index_pool.give(
            t.shared,
            shared_words.STASH_POOL,
            t.detached,
            detached_row.FREE_LINK,
            t.stash_cache,
            worker,
            node,
        )
    else:
        index_pool.give(
            t.shared,
            shared_words.SYSTEM_POOL,
            t.detached,
            detached_row.FREE_LINK,
            t.system_cache,
            worker,
            node,
        )
