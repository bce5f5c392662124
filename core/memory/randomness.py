"""Random numbers for kernels: a generator for each worker, in the worker's own row."""

from zbench.core.compile.kernel import kernel
from zbench.core.memory.layout import worker_row
from zbench.core.memory.tables import Tables


@kernel
def draw(t: Tables, worker: int) -> int:
    """The worker's next random number, 31 bits. Caller: the worker."""
    # Linear congruential, constants of ANSI C's example; it only has to spread.
    state = worker * worker_row.WORDS + worker_row.RANDOM
    t.worker[state] = (t.worker[state] * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
    return t.worker[state]
