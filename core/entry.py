"""Kernels that Python's threads call; their machine code is kept on disk.

Callers hold the system's lock where a kernel uses row ``workers`` of the tables.
"""

from zbench.core import atomics as at
from zbench.core import parking
from zbench.core.context import create, deliver
from zbench.core.kernel import cached_kernel
from zbench.core.layout import DONE, NO_SENDER, NONE, Tables, Words
from zbench.core.mailbox import Data
from zbench.core.refs import slot_of_ref


@cached_kernel
def spawn_many(t: Tables, behaviour: int, state: Words, refs: Words) -> int:
    """Fill refs with new actors; how many there was room for."""
    for k in range(len(refs)):
        ref = create(t, t.workers, behaviour, (0, 0, 0, 0))
        if ref == NONE:
            return k
        slot = slot_of_ref(ref)
        for word in range(t.state_words):
            t.state[slot * t.state_words + word] = state[word]
        refs[k] = ref
    return len(refs)


@cached_kernel
def tell_many(t: Tables, to: Words, kind: int, data: Data) -> None:
    """Send the same message to each of many actors."""
    for k in range(len(to)):
        deliver(t, t.workers, to[k], kind, NO_SENDER, data)


@cached_kernel
def wait_done(t: Tables, runs: int, timeout_ns: int) -> bool:
    """Wait for ``finish`` to have been called so often; False after the time-out."""
    until = at.clock_ns() + timeout_ns
    while True:
        # acquire; pairs with the fetch_add in context.finish(), carries the answer.
        done = at.load_acquire(t.shared, DONE)
        if done >= runs:
            return True
        left = until - at.clock_ns()
        if left <= 0:
            return False
        at.futex_wait(t.shared, DONE, done, left)


@cached_kernel
def wake_all(t: Tables) -> None:
    """Wake every sleeping worker."""
    parking.wake_all(t.shared)
