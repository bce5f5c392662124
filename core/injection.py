"""The injection queue: actors made runnable by threads that are not workers."""

from zbench.core import bounded
from zbench.core.kernel import kernel
from zbench.core.layout import shared_words
from zbench.core.layout.lines import Words

EMPTY = bounded.EMPTY


@kernel
def push(shared: Words, cells: Words, capacity: int, item: int) -> None:
    """Add an item. Caller: any thread."""
    bounded.push(shared, shared_words.INJECT_TAIL, cells, 0, capacity, item)


@kernel
def pop(shared: Words, cells: Words, capacity: int) -> int:
    """Take the oldest item, or EMPTY. Caller: any worker."""
    return bounded.pop(shared, shared_words.INJECT_HEAD, cells, 0, capacity)


@kernel
def is_empty(shared: Words) -> bool:
    """Whether nothing is queued; may be out of date at once."""
    return bounded.length(shared, shared_words.INJECT_HEAD, shared_words.INJECT_TAIL) <= 0
