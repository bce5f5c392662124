import threading

import numpy as np
import pytest
from zbench.core.blocks import block_refs as br
from zbench.core.blocks import block_tables as bl
from zbench.core.blocks.pool import BlockPool
from zbench.core.errors import BlockPoolError
from zbench.core.memory.index_pool import POOL_BATCH
from zbench.core.memory.layout.lines import NONE

from tests.core.behaviours import blocks as k

SMALL = {64: 4, 256: 4}
BOTH_MODES = pytest.mark.parametrize("checked", [False, True])


def of(pool, size):
    return next(s for s in pool.statistics() if s.size == size)


@BOTH_MODES
@pytest.mark.parametrize("size", [0, 1, 64, 200, 256, 257, 5000])
def test_bytes_come_back_as_they_were_written(checked, size):
    pool = BlockPool(1, SMALL, large_bytes=10_000, checked=checked)
    ref = pool.allocate(size)
    data = bytes(i % 251 for i in range(size))
    pool.write(ref, data)
    assert pool.read(ref) == data
    assert pool.free(ref)
    assert not pool.free(ref)


def test_a_view_is_the_blocks_own_memory():
    pool = BlockPool(1, SMALL)
    ref = pool.allocate(36)
    pool.view(ref, np.int32)[:] = range(9)
    assert len(pool.view(ref)) == 36
    assert len(pool.view(ref, np.int64)) == 4
    assert pool.read(ref) == np.arange(9, dtype=np.int32).tobytes()
    assert k.use(pool.tables, ref) == pool.view(ref, np.int64).sum() + 8


def test_more_bytes_than_were_asked_for_do_not_fit():
    pool = BlockPool(1, SMALL)
    with pytest.raises(ValueError, match="31 bytes do not fit a block of 30"):
        pool.write(pool.allocate(30), bytes(31))


@BOTH_MODES
def test_a_ref_out_of_date_is_told_in_either_mode(checked):
    pool = BlockPool(1, SMALL, checked=checked)
    ref = pool.allocate(30)
    pool.free(ref)
    assert not pool.is_live(ref)
    with pytest.raises(BlockPoolError, match="was freed or never allocated"):
        pool.read(ref)
    with pytest.raises(BlockPoolError, match="was freed or never allocated"):
        pool.view(NONE)


@pytest.mark.parametrize("workers", [1, 3])
def test_as_many_blocks_as_asked_for_can_be_live_whatever_caches_keep(workers):
    pool = BlockPool(workers, {64: 100})
    b = pool.tables
    for worker in range(workers):
        held = [bl.allocate(b, worker, 64) for _ in range(2 * POOL_BATCH)]
        assert all(bl.free(b, worker, ref) for ref in held)
    refs = {pool.allocate(64) for _ in range(100)}
    assert len(refs) == 100


def test_an_allocation_that_fails_says_what_is_in_use():
    pool = BlockPool(1, {64: 4}, large_bytes=1024)
    with pytest.raises(BlockPoolError, match="the largest hole for large blocks has 1024 bytes"):
        pool.allocate(2000)
    for _ in range(of(pool, 64).capacity):
        pool.allocate(10)
    with pytest.raises(BlockPoolError, match="10 bytes is free; 68 of 68 blocks of 64 bytes"):
        pool.allocate(10)
    with pytest.raises(ValueError, match="0 bytes or more, got -1"):
        pool.allocate(-1)
    assert [s.failures for s in pool.statistics()] == [1, 1]


@BOTH_MODES
def test_a_kernel_reads_and_frees_large_blocks_and_their_memory_comes_back(checked):
    pool = BlockPool(1, SMALL, large_bytes=64 * 100, checked=checked)
    for number in range(5):
        ref = pool.allocate(64 * 100)
        words = pool.view(ref, np.int64)
        words[:] = number
        assert k.use(pool.tables, ref) == 800 * number
        with pytest.raises(BlockPoolError):
            pool.allocate(300)
        assert bl.free(pool.tables, 0, ref)
        assert not bl.free(pool.tables, 0, ref)
    assert bl.allocate(pool.tables, 0, 300) == NONE
    large = of(pool, 0)
    assert (large.allocations, large.frees, large.in_use, large.bytes) == (5, 5, 0, 0)
    assert (large.refused, large.failures) == (5, 6)


def test_large_blocks_fill_their_memory_to_the_last_line():
    pool = BlockPool(1, {64: 1}, large_bytes=128 * 7)
    refs = [pool.allocate(65 + i) for i in range(7)]
    assert of(pool, 0).capacity == of(pool, 0).in_use == 7
    for i, ref in enumerate(refs):
        pool.write(ref, bytes([i]) * 65)
    assert [pool.read(ref)[:65] for ref in refs] == [bytes([i]) * 65 for i in range(7)]


def test_statistics_count_what_happened():
    pool = BlockPool(2, SMALL)
    refs = [pool.allocate(40) for _ in range(3)]
    pool.free(refs[0])
    bl.free(pool.tables, 1, refs[1])
    bl.free(pool.tables, 1, refs[1])
    found = of(pool, 64)
    assert (found.allocations, found.frees, found.in_use, found.bytes) == (3, 2, 1, 40)
    assert (found.cache_hits, found.refused, found.failures, found.overwritten) == (2, 1, 0, 0)
    assert of(pool, 256).allocations == 0


def test_leaks_are_the_live_blocks_with_what_they_are_for():
    pool = BlockPool(1, SMALL, large_bytes=5000)
    assert pool.leaks() == []
    assert pool.leak_report() == "0 blocks are live, 0 bytes"
    gone = pool.allocate(10, tag="gone")
    kept = pool.allocate(200, tag="picture")
    large = pool.allocate(3000, tag="film")
    of_kernel = bl.allocate(pool.tables, 0, 9, pool.tag("picture"))
    nameless = bl.allocate(pool.tables, 0, 9, 77)
    pool.free(gone)
    found = {leak.ref: leak for leak in pool.leaks()}
    assert set(found) == {kept, large, of_kernel, nameless}
    assert (found[kept].size_class, found[kept].size, found[kept].worker) == (256, 200, 1)
    assert (found[large].size_class, found[large].size, found[large].tag) == (0, 3000, "film")
    assert (found[of_kernel].worker, found[of_kernel].tag) == (0, "picture")
    assert found[nameless].tag == "77"
    lines = pool.leak_report().splitlines()
    assert lines[0] == "4 blocks are live, 3218 bytes"
    assert lines[1].split() == ["ref", "class", "bytes", "worker", "tag"]
    assert lines[-1].split() == [hex(large), "large", "3000", "1", "film"]


def test_a_long_leak_report_is_cut():
    pool = BlockPool(1, {64: 100})
    for _ in range(50):
        pool.allocate(1)
    assert pool.leak_report().splitlines()[-1] == "and 30 more"


def test_pythons_threads_may_share_a_pool():
    pool = BlockPool(1, SMALL, large_bytes=100_000, checked=True)

    def work(me):
        for step in range(200):
            ref = pool.allocate(50 if step % 3 else 1000, tag=f"thread {me}")
            pool.write(ref, bytes([me]) * 50)
            assert pool.read(ref)[:50] == bytes([me]) * 50
            assert pool.free(ref)
            done[me] += 1

    done = [0] * 3
    threads = [threading.Thread(target=work, args=(me,)) for me in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [200] * 3
    assert pool.leaks() == []


@pytest.mark.parametrize(("classes", "sizes"), [("standard", bl.STANDARD), ("fine", bl.FINE)])
def test_a_pool_has_one_of_two_sets_of_classes(classes, sizes):
    pool = BlockPool(1, classes=classes)
    assert tuple(s.size for s in pool.statistics()) == (*sizes, 0)


def test_an_unknown_set_of_classes_is_refused():
    with pytest.raises(ValueError, match="one of standard, fine, got 'big'"):
        BlockPool(1, classes="big")


def test_a_large_block_is_retired_with_the_last_of_its_lives():
    pool = BlockPool(1, {64: 8}, large_bytes=1 << 16)
    first = pool.allocate(1000)
    assert pool.free(first)
    stamp = int(bl.header_of(pool.tables, first)) + bl.STAMP
    pool.tables.header[stamp] = bl.free_stamp(br.LAST_GENERATION)
    last = pool.allocate(1000)
    assert br.generation_of_ref(last) == br.LAST_GENERATION
    assert br.index_of_ref(last) == br.index_of_ref(first)
    assert not pool.is_live(first)
    assert pool.free(last)
    assert not pool.free(last)
    assert br.index_of_ref(pool.allocate(1000)) != br.index_of_ref(last)


@pytest.mark.parametrize("ref", [0, 1, -1, 1 << 28, 1 << 32, 1 << 56, 1 << 60, 2**63 - 1, -(2**63)])
def test_a_number_that_is_no_block_frees_none(ref):
    pool = BlockPool(1, {64: 8})
    held = pool.allocate(8)
    for number in {ref, held ^ ref} - {held}:
        assert not pool.is_live(number)
        assert not pool.free(number)
        with pytest.raises(BlockPoolError):
            pool.view(number)
    assert pool.is_live(held)
    assert pool.statistics()[0].in_use == 1
    assert pool.free(held)
