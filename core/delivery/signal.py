"""Signals: have an actor's owner handle more than messages."""

from zbench.core.compile.kernel import optional_kernel
from zbench.core.mailbox import linked
from zbench.core.memory.layout import worker_row
from zbench.core.memory.tables import Tables
from zbench.core.messages import outcomes
from zbench.core.metrics.counters import count
from zbench.core.scheduler import work_stealing


@optional_kernel("has_signals")
def signal(t: Tables, worker: int, actor: int) -> None:
    """Raise a signal and schedule the actor if nobody else will run it."""
    # Counted before it is visible, so that raised >= dealt with at any moment.
    count(t, worker, worker_row.SIGNALS, 1)
    outcome = linked.signal(t, actor)
    if outcome == outcomes.REPEATED or outcome == outcomes.NOBODY:
        count(t, worker, worker_row.SIGNALS, -1)
    elif outcome == outcomes.WOKEN:
        work_stealing.schedule(t, worker, actor)
