"""Batch sizes: the number of messages an actor handles in a row.

Without a target duration every batch has ``system.settings.batch`` messages. With one, each
worker has a batch size of its own. A batch that took longer than the target shrinks the
size in proportion, at most by half; a full batch that took less than half of the target
grows it by a quarter.
"""

from dataclasses import dataclass

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.errors import check_range
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words, worker_row
from zbench.core.memory.tables import Tables

LEAST = 1
MOST = 4096


@dataclass(frozen=True)
class Batching:
    """Target duration of a batch, in microseconds.

    Raises:
        ValueError: if it is not 1 to 1e6.
    """

    target_us: float = 50.0

    def __post_init__(self) -> None:
        """Check the range of the target."""
        check_range("target_us", self.target_us, 1, 1e6)


@kernel
def size(t: Tables, worker: int) -> int:
    """Messages of the next batch. Caller: the worker."""
    if len(t.has_batch_target) > 0:
        return t.worker[worker * worker_row.WORDS + worker_row.BATCH_SIZE]
    # relaxed; pairs with the store in core.scheduler.settings, which carries nothing else.
    return atomics.load_relaxed(t.shared, shared_words.BATCH_SET)


@kernel
def resized(before: int, ticks: int, target: int, used_up: bool) -> int:
    """Batch size after a batch that took ``ticks``."""
    if ticks > target:
        return max(LEAST, before // 2, before * target // ticks)
    if used_up and 2 * ticks < target:
        return min(MOST, before + before // 4 + 1)
    return before


@optional_kernel("has_batch_target")
def adjust(t: Tables, worker: int, ticks: int, used_up: bool) -> None:
    """Adapt the worker's batch size to its last batch. Caller: the worker that ran it."""
    word = worker * worker_row.WORDS + worker_row.BATCH_SIZE
    after = resized(t.worker[word], ticks, t.batch_ticks, used_up)
    # relaxed: Python reads it, as it reads the counters.
    atomics.store_relaxed(t.worker, word, after)
