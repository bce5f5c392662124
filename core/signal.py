"""Signals: have an actor's owner attend to more than messages."""

from zbench.core import mailbox, outcomes, scheduler
from zbench.core.counters import count
from zbench.core.kernel import optional_kernel
from zbench.core.layout import worker_row
from zbench.core.tables import Tables


@optional_kernel("signals")
def signal(t: Tables, worker: int, actor: int) -> None:
    """Raise a signal and schedule the actor if nobody else will run it."""
    # Before it can be seen, so that raised >= dealt with at any moment.
    count(t, worker, worker_row.SIGNALS, 1)
    outcome = mailbox.signal(t, actor)
    if outcome == outcomes.REPEATED or outcome == outcomes.NOBODY:
        count(t, worker, worker_row.SIGNALS, -1)
    elif outcome == outcomes.WOKEN:
        scheduler.schedule(t, worker, actor)
