"""The workers' counters: each row's owner adds, anybody reads."""

from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import worker_row
from zbench.core.tables import Tables


@kernel
def count(t: Tables, worker: int, counter: int, by: int) -> None:
    """Add to one of the worker's counters. Caller: the owner of row ``worker``."""
    word = worker * worker_row.WORDS + counter
    at.store_relaxed(t.worker, word, t.worker[word] + by)
