"""The injection queue, compiled, against a plain one."""

import collections

from zbench.core.memory.layout import shared_words
from zbench.core.memory.tables import aligned
from zbench.core.queues import injection

STEPS = 3000


def test_a_compiled_injection_queue_is_first_in_first_out(pick):
    shared, cells = aligned(shared_words.WORDS), aligned(16)
    plain = collections.deque()
    for step in range(STEPS):
        if pick.random() < 0.5 and len(plain) < 8:
            injection.push(shared, cells, 8, step)
            plain.append(step)
        else:
            got = injection.pop(shared, cells, 8)
            assert got == plain.popleft() if plain else got < 0
        assert bool(injection.is_empty(shared)) == (not plain)
