"""Treiber's stacks, compiled, step by step against plain Python lists."""

from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import aligned
from zbench.core.queues import treiber

ITEMS = 8


def unlinked(links, first):
    """Items of a stack that was taken whole, from the newest on."""
    while first != 0:
        yield first
        first = int(links[first])


def test_a_stack_gives_its_items_newest_first_and_is_empty_then(pick):
    heads, links = aligned(1), aligned(ITEMS + 1)
    for _ in range(50):
        items = pick.sample(range(1, ITEMS + 1), pick.randrange(ITEMS + 1))
        for item in items:
            treiber.push(heads, 0, links, item, item)
        assert list(unlinked(links, treiber.take_all(heads, 0, 0))) == items[::-1]
        assert treiber.take_all(heads, 0, 0) == 0


def test_a_stack_of_one_incarnation_takes_nothing_for_another():
    heads, links = aligned(1), aligned(ITEMS + 1)
    heads[0] = 5 << treiber.INDEX_BITS
    assert treiber.push_for(heads, 0, 4, links, 1, 1) == NONE
    assert treiber.push_for(heads, 0, 5, links, 1, 1) == 0
    assert treiber.push_for(heads, 0, 5, links, 2, 2) == 1
    word = treiber.take_all(heads, 0, 6 << treiber.INDEX_BITS)
    assert word >> treiber.INDEX_BITS == 5
    assert list(unlinked(links, word & treiber.INDEX_MASK)) == [2, 1]
    assert treiber.push_for(heads, 0, 5, links, 3, 3) == NONE
