"""Dead letters: counters and events of messages that could not be delivered."""

from zbench.core.compile.kernel import cold_kernel
from zbench.core.events import event_ring
from zbench.core.memory.layout import worker_row
from zbench.core.memory.tables import Tables
from zbench.core.messages import outcomes
from zbench.core.metrics.counters import count


@cold_kernel
def dead_letter(t: Tables, worker: int, to: int, kind: int, sender: int, outcome: int) -> None:
    """Count a message that could not be delivered as a dead letter."""
    count(t, worker, worker_row.DEAD_LETTERS, 1)
    why = event_ring.NO_ACTOR
    if outcome == outcomes.REFUSED:
        count(t, worker, worker_row.REFUSED, 1)
        why = event_ring.NO_ROOM
    elif outcome == outcomes.OVERFLOWN:
        count(t, worker, worker_row.DROPPED, 1)
        why = event_ring.NO_ROOM
    if len(t.has_events) > 0:
        event_ring.emit(t, worker, event_ring.DEAD_LETTER, sender, to, kind, why)
