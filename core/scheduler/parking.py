"""Sleeping workers and how they are woken: an event count on a futex.

1. A worker about to sleep counts itself, then looks once more for work, then waits for
   the epoch it read first to change.
2. A thread that made work visible to others issues a fence, then reads the count; if a
   worker sleeps and no wake-up is under way, it moves the epoch and wakes one.

Either the waker sees the sleeper, or the sleeper sees the work: on both sides a store is
followed by a load, and only a store-load fence orders these.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words
from zbench.core.memory.layout.lines import Words

NAP_NS = 500_000_000  # a bound; correctness does not rest on it


@kernel
def announce(shared: Words) -> int:
    """Count the calling worker as a sleeper; the epoch to wait for. Step 1."""
    epoch = atomics.load_acquire(shared, shared_words.EPOCH)
    atomics.fetch_add(shared, shared_words.SLEEPERS, 1)
    # A wake-up under way may have been meant for a worker that found work by itself.
    atomics.exchange(shared, shared_words.WAKING, 0)
    # seq_cst; pairs with the fence in notify(): the count before the look at the queues.
    atomics.fence()
    return epoch


@kernel
def sleep(shared: Words, epoch: int, most_ns: int = NAP_NS) -> None:
    """Wait until the epoch moves, at most ``most_ns``; then count the worker as awake."""
    # acquire; pairs with the fetch_add in wake().
    if atomics.load_acquire(shared, shared_words.EPOCH) == epoch:
        atomics.futex_wait(shared, shared_words.EPOCH, epoch, most_ns)
    withdraw(shared)


@kernel
def withdraw(shared: Words) -> None:
    """Count the worker as awake again."""
    atomics.fetch_add(shared, shared_words.SLEEPERS, -1)
    # An exchange, so that the worker's next look at the queues comes after it.
    atomics.exchange(shared, shared_words.WAKING, 0)


@kernel
def notify(shared: Words) -> None:
    """Wake a sleeper if there is one; the caller has just made work visible. Step 2."""
    # seq_cst; pairs with the fence in announce(): the work before the look at the count.
    atomics.fence()
    if (
        atomics.load_relaxed(shared, shared_words.SLEEPERS) > 0
        and atomics.load_relaxed(shared, shared_words.WAKING) == 0
    ):
        wake(shared)


@kernel
def wake(shared: Words) -> None:
    """Wake one sleeper unless another thread is doing so."""
    if atomics.compare_exchange(shared, shared_words.WAKING, 0, 1):
        atomics.fetch_add(shared, shared_words.EPOCH, 1)
        atomics.futex_wake(shared, shared_words.EPOCH, 1)


@kernel
def wake_all(shared: Words) -> None:
    """Wake every sleeper, to stop the system."""
    atomics.fetch_add(shared, shared_words.EPOCH, 1)
    atomics.futex_wake(shared, shared_words.EPOCH, 1 << 30)
