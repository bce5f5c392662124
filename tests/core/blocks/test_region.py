import random
import secrets

import pytest
from zbench.core.blocks.region import Region

WORDS = 60


def test_a_region_does_what_a_row_of_flags_does():
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    pick = random.Random(seed)
    region, taken, flags = Region(100, WORDS), {}, [True] * WORDS
    for _ in range(2000):
        if taken and pick.random() < 0.5:
            start = pick.choice(list(taken))
            words = taken.pop(start)
            region.give(start, words)
            flags[start - 100 : start - 100 + words] = [True] * words
        else:
            words = pick.randint(1, 20)
            fits = [k for k in range(WORDS - words + 1) if all(flags[k : k + words])]
            start = region.take(words)
            assert start == (100 + fits[0] if fits else None)
            if start is not None:
                taken[start] = words
                flags[start - 100 : start - 100 + words] = [False] * words
        runs = "".join(" x"[f] for f in flags).split()
        assert region.largest_hole() == max(map(len, runs), default=0)


def test_holes_join_in_whatever_order_they_come_back():
    for order in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0]):
        region = Region(0, 30)
        starts = [region.take(10) for _ in range(3)]
        assert region.take(1) is None
        for k in order:
            region.give(starts[k], 10)
        assert region.take(30) == 0


@pytest.mark.parametrize("words", [1, 8])
def test_a_region_of_nothing_gives_nothing(words):
    assert Region(5, 0).take(words) is None
