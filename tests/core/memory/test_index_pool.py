"""Pools of indices, compiled: each index has one holder."""

from zbench.core.memory import index_pool
from zbench.core.memory.layout import ring_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import aligned

STEPS = 3000


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
