"""Termination: clean up an ended actor's stashed and system messages, and its watches.

Caller: the owner, after the actor's REF has moved on.
"""

from zbench.core.compile.kernel import cold_kernel, optional_kernel
from zbench.core.delivery import stash, system_messages
from zbench.core.events import event_ring
from zbench.core.lifecycle import death_watch
from zbench.core.memory.layout import aside_row, worker_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.messages import detached
from zbench.core.metrics.counters import count


@cold_kernel
def terminate(t: Tables, worker: int, actor: int) -> None:
    """Turn an ended actor's stash and system messages into dead letters; notify watchers."""
    if len(t.has_stash) > 0:
        stash.unstash(t, worker, actor)
        _drain_to_dead_letters(t, worker, actor, aside_row.BACK_FIRST)
        t.aside[actor * LINE + aside_row.BACK_COUNT] = 0
    if len(t.has_system_messages) > 0:
        _drain_to_dead_letters(t, worker, actor, aside_row.SYSTEM_FIRST)
        t.aside[actor * LINE + aside_row.SYSTEM_FIRST] = system_messages.close(t, actor)
        _drain_to_dead_letters(t, worker, actor, aside_row.SYSTEM_FIRST)
    if len(t.has_watches) > 0:
        death_watch.notify_watchers(t, worker, actor)


@optional_kernel("has_detached")
def _drain_to_dead_letters(t: Tables, worker: int, actor: int, first: int) -> None:
    """Turn a list of detached messages into dead letters."""
    node = t.aside[actor * LINE + first]
    while node != 0:
        following = detached.next_of(t, node - 1)
        count(t, worker, worker_row.DEAD_LETTERS, 1)
        if len(t.has_events) > 0:
            event_ring.unread(t, worker, actor, detached.slot_of(t, node - 1))
        detached.give(t, worker, node - 1)
        node = following
    t.aside[actor * LINE + first] = 0
