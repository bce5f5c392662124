"""The workers' counters: each row's owner adds, any thread reads."""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import worker_row
from zbench.core.memory.tables import Tables


@kernel
def count(t: Tables, worker: int, counter: int, by: int) -> None:
    """Add to one of the worker's counters. Caller: the owner of row ``worker``."""
    word = worker * worker_row.WORDS + counter
    atomics.store_relaxed(t.worker, word, t.worker[word] + by)
