"""Work-stealing deques, compiled, step by step against plain Python containers."""

import collections

import pytest
from zbench.core.memory.tables import aligned
from zbench.core.queues import chase_lev

STEPS = 3000


@pytest.mark.parametrize(
    ("newest", "oldest"),
    [(chase_lev.pop, chase_lev.steal), (chase_lev.pop_alone, chase_lev.steal_alone)],
    ids=["shared", "alone"],
)
def test_a_compiled_deque_does_what_a_plain_one_does(pick, newest, oldest):
    ends, items = aligned(chase_lev.ENDS_WORDS), aligned(8)
    plain = collections.deque()
    for step in range(STEPS):
        what = pick.choice(["push", "newest", "oldest"])
        if what == "push" and len(plain) < 8:
            chase_lev.push(ends, items, 8, 0, step)
            plain.append(step)
        elif what == "newest":
            got = newest(ends, items, 8, 0)
            assert got == plain.pop() if plain else got < 0
        elif what == "oldest":
            got = oldest(ends, items, 8, 0)
            assert got == plain.popleft() if plain else got < 0
        assert chase_lev.size(ends, 0) == len(plain)
