"""Kernels for the tests of blocks."""

from zbench.core.blocks import block_tables as bl
from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import NONE

HELD = 40
EXCHANGE = 16  # cells where threads swap refs


@kernel
def use(b, ref):
    """The sum of a block's words through the view, as a receiver reads them."""
    words = bl.words_of(b, ref)
    total = 0
    for k in range(len(words)):
        total += words[k]
    return total


@kernel
def sign(b, ref, name):
    """Write a name into every word of a block."""
    words = bl.words_of(b, ref)
    for k in range(len(words)):
        words[k] = name


@kernel
def check_and_free(b, worker, ref):
    """Free a signed block; the number of its words that differ from its first one."""
    words = bl.words_of(b, ref)
    torn = 0
    for k in range(len(words)):
        torn += words[k] != words[0]
    return torn + (not bl.free(b, worker, ref))


@kernel
def churn(b, worker, seed, steps, held, exchange):
    """Allocate, sign, swap with other threads and free at random; the number of faults."""
    random, faults = seed, 0
    for k in range(steps):
        random = (random * 1103515245 + 12345) & 0x7FFFFFFF
        place = (random >> 8) % len(held)
        if held[place] != NONE:
            faults += check_and_free(b, worker, held[place])
            held[place] = NONE
        ref = bl.allocate(b, worker, (random >> 4) % 1025)
        if ref != NONE:
            sign(b, ref, (worker << 40) | k)
            # acq_rel; carries the words to the next thread that swaps.
            held[place] = atomics.exchange(exchange, random % len(exchange), ref)
    return faults


@kernel
def free_all(b, worker, refs):
    """Free the blocks that a thread still holds; the number of faults."""
    faults = 0
    for k in range(len(refs)):
        if refs[k] != NONE:
            faults += check_and_free(b, worker, refs[k])
            refs[k] = NONE
    return faults


@kernel
def free_at_once(b, worker, refs, gate, freed):
    """Free the same refs as another thread, each at the same moment."""
    for k in range(len(refs)):
        atomics.fetch_add(gate, 0, 1)
        while atomics.load_acquire(gate, 0) < 2 * (k + 1):
            atomics.pause()
        freed[k] = bl.free(b, worker, refs[k])
