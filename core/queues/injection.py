"""The injection queue: actors made runnable by threads that are not workers."""

from zbench.core.compile.kernel import kernel
from zbench.core.memory.layout import shared_words
from zbench.core.memory.layout.lines import Words
from zbench.core.queues import mpmc

EMPTY = mpmc.EMPTY


@kernel
def push(shared: Words, cells: Words, capacity: int, item: int) -> None:
    """Add an item. Caller: any thread."""
    mpmc.push(shared, shared_words.INJECT_TAIL, cells, 0, capacity, item)


@kernel
def pop(shared: Words, cells: Words, capacity: int) -> int:
    """Take the oldest item, or EMPTY. Caller: any worker."""
    return mpmc.pop(shared, shared_words.INJECT_HEAD, cells, 0, capacity)


@kernel
def is_empty(shared: Words) -> bool:
    """Whether nothing is queued; may be out of date at once."""
    return mpmc.length(shared, shared_words.INJECT_HEAD, shared_words.INJECT_TAIL) <= 0
