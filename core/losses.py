"""Counting messages that could not be delivered, and telling of them."""

from zbench.core import events, outcomes
from zbench.core.counters import count
from zbench.core.kernel import cold_kernel
from zbench.core.layout import worker_row
from zbench.core.tables import Tables


@cold_kernel
def lose(t: Tables, worker: int, to: int, kind: int, sender: int, outcome: int) -> None:
    """Count a message that could not be delivered as a dead letter."""
    count(t, worker, worker_row.DEAD_LETTERS, 1)
    why = events.NO_ACTOR
    if outcome == outcomes.REFUSED:
        count(t, worker, worker_row.REFUSED, 1)
        why = events.NO_ROOM
    elif outcome == outcomes.OVERFLOWN:
        count(t, worker, worker_row.DROPPED, 1)
        why = events.NO_ROOM
    if len(t.events) > 0:
        events.emit(t, worker, events.DEAD_LETTER, sender, to, kind, why)
