"""The ring of one producer and one consumer, compiled, against a plain queue."""

import collections

from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import aligned
from zbench.core.queues import spsc

STEPS = 3000


def test_a_compiled_ring_refuses_when_full_and_keeps_order(pick):
    ends, slots = aligned(spsc.ENDS_WORDS), aligned(4 * LINE)
    plain = collections.deque()
    for step in range(STEPS):
        if pick.random() < 0.5:
            assert bool(spsc.push(ends, slots, 4, step)) == (len(plain) < 4)
            if len(plain) < 4:
                plain.append(step)
        else:
            got = spsc.pop(ends, slots, 4)
            assert got == plain.popleft() if plain else got < 0
