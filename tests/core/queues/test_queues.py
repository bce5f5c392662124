"""The lock-free structures, compiled, step by step against plain Python containers."""

import collections
import random
import secrets

import pytest
from zbench.core.memory import index_pool
from zbench.core.memory.layout import ring_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import aligned
from zbench.core.queues import chase_lev, injection, spsc

STEPS = 3000


@pytest.fixture
def pick():
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    return random.Random(seed)


def test_a_compiled_deque_does_what_a_plain_one_does(pick):
    ends, items = aligned(chase_lev.ENDS_WORDS), aligned(8)
    plain = collections.deque()
    for step in range(STEPS):
        what = pick.choice(["push", "pop", "steal"])
        if what == "push" and len(plain) < 8:
            chase_lev.push(ends, items, 8, 0, step)
            plain.append(step)
        elif what == "pop":
            got = chase_lev.pop(ends, items, 8, 0)
            assert got == plain.pop() if plain else got < 0
        elif what == "steal":
            got = chase_lev.steal(ends, items, 8, 0)
            assert got == plain.popleft() if plain else got < 0
        assert chase_lev.size(ends, 0) == len(plain)


def test_a_deque_that_nobody_steals_from_does_what_a_plain_one_does(pick):
    ends, items = aligned(chase_lev.ENDS_WORDS), aligned(8)
    plain = collections.deque()
    for step in range(STEPS):
        what = pick.choice(["push", "newest", "oldest"])
        if what == "push" and len(plain) < 8:
            chase_lev.push(ends, items, 8, 0, step)
            plain.append(step)
        elif what == "newest":
            got = chase_lev.pop_alone(ends, items, 8, 0)
            assert got == plain.pop() if plain else got < 0
        elif what == "oldest":
            got = chase_lev.steal_alone(ends, items, 8, 0)
            assert got == plain.popleft() if plain else got < 0
        assert chase_lev.size(ends, 0) == len(plain)


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


def test_a_compiled_pool_gives_every_index_to_one_holder_and_all_of_them_out(pick):
    size, workers = 256, 2
    shared, links = aligned(shared_words.WORDS), aligned(size * LINE)
    caches = aligned(workers * index_pool.CACHE_WORDS)
    where = (shared, shared_words.RING_POOL, links, ring_row.FREE_LINK, caches)
    held = set()
    for _ in range(STEPS):
        worker = pick.randrange(workers)
        if pick.random() < 0.5 or not held:
            index = index_pool.take(*where, worker, size)
            # Indices in the other worker's cache are not available to this one.
            assert index != NONE or len(held) >= size - 2 * index_pool.POOL_BATCH
            if index != NONE:
                assert 0 <= index < size
                assert index not in held
                held.add(index)
        else:
            index = held.pop()
            index_pool.give(*where, worker, index)
    for index in held:
        index_pool.give(*where, 0, index)
    taken = [
        index_pool.take(*where, worker, size) for worker in range(workers) for _ in range(size)
    ]
    assert sorted(index for index in taken if index != NONE) == list(range(size))
