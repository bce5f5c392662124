import random
import secrets
import threading

import numpy as np
import pytest
from zbench.core.blocks import block_refs as br
from zbench.core.blocks import block_tables as bl
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout.lines import NONE, PAIR
from zbench.core.memory.tables import aligned

from tests.core.behaviours import blocks as k

STEPS = 300 if INTERPRETED else 100_000
CLASSES = {64: 70, 256: 70, 1024: 80}
BOTH_MODES = pytest.mark.parametrize("checked", [False, True])
BOTH_FORMS = pytest.mark.parametrize("sizes", [bl.STANDARD, bl.FINE])


@pytest.fixture
def seed():
    number = secrets.randbits(30)
    print(f"seed {number}")
    return number


def total(b, counter):
    return int(b.counters.reshape(-1, PAIR)[:, counter].sum())


WRONG_REFS = [-1, 0, 1, 69, 70, 1 << 24, 1 << 28, (1 << 28) | 70, (1 << 28) | (2 << 24), 1 << 32]
WRONG_REFS += [1 << 59, 1 << 62, 2**63 - 1, -(2**63), -(1 << 28)]


def words_of(b, ref):
    """The block's words, as ``bl.words_of`` returns them to kernels."""
    start = bl.place_of(b, ref)
    return b.memory[start : start + bl.length_of(b, ref)]


def in_parallel(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_parts_of_a_ref_are_disjoint_and_leave_the_sign():
    parts = [
        br.CLASS_MASK << br.CLASS_SHIFT,
        br.LAST_GENERATION << br.GENERATION_SHIFT,
        br.MOST_BLOCKS,
    ]
    assert sum(parts) == parts[0] | parts[1] | parts[2] == (1 << 63) - 1
    ref = br.ref_of(br.CLASS_MASK, br.LAST_GENERATION, br.MOST_BLOCKS)
    assert ref == (1 << 63) - 1
    assert br.class_of_ref(ref) == br.CLASS_MASK
    assert br.generation_of_ref(ref) == br.LAST_GENERATION
    assert br.index_of_ref(ref) == br.MOST_BLOCKS


@BOTH_FORMS
def test_a_size_gets_the_smallest_class_that_holds_it(sizes):
    b = bl.new_block_tables(1, dict.fromkeys(sizes, 64))
    for size in (0, 1, *(s + more for s in sizes for more in (-1, 0, 1))):
        ref = bl.allocate(b, 0, size)
        if size > sizes[-1]:
            assert ref == NONE
        else:
            fits = min(s for s in sizes if s >= size)
            assert len(words_of(b, ref)) * 8 == fits
            assert bl.size_of(b, ref) == size
            assert bl.free(b, 0, ref)
    assert bl.allocate(b, 0, -1) == NONE
    assert total(b, bl.FAILED) == 2


@BOTH_MODES
def test_blocks_do_what_a_dictionary_of_lists_does(checked, seed):
    pick = random.Random(seed)
    b = bl.new_block_tables(2, CLASSES, checked=checked)
    plain = {}
    for step in range(3000):
        worker = pick.randrange(2)
        if plain and pick.random() < 0.5:
            ref = pick.choice(list(plain))
            assert k.use(b, ref) == plain.pop(ref) * len(words_of(b, ref))
            assert bl.free(b, worker, ref)
            assert not bl.free(b, 1 - worker, ref)
        else:
            ref = bl.allocate(b, worker, pick.randrange(1025))
            if ref != NONE:
                assert ref not in plain
                k.sign(b, ref, step)
                plain[ref] = step
        assert total(b, bl.ALLOCATED) - total(b, bl.FREED) == len(plain)
        assert total(b, bl.BYTES) == sum(bl.size_of(b, ref) for ref in plain)
    assert total(b, bl.OVERWRITTEN) == 0


def test_every_block_can_be_had_and_then_no_more():
    b = bl.new_block_tables(1, {64: 100, 128: 1})
    refs = [bl.allocate(b, 0, 64) for _ in range(100)]
    assert len({int(br.index_of_ref(ref)) for ref in refs}) == 100
    assert bl.allocate(b, 0, 64) == NONE
    assert bl.allocate(b, 0, 65) != NONE
    assert all(bl.free(b, 0, ref) for ref in refs)
    assert bl.allocate(b, 0, 64) != NONE


@BOTH_MODES
@pytest.mark.parametrize("ref", WRONG_REFS)
def test_a_ref_that_names_no_live_block_is_refused(checked, ref):
    b = bl.new_block_tables(1, {64: 70}, checked=checked)
    assert not bl.is_live(b, ref)
    assert not bl.free(b, 0, ref)
    assert total(b, bl.REFUSED) == 1
    assert total(b, bl.FREED) == 0


def test_a_block_whose_generations_are_used_up_is_retired():
    b = bl.new_block_tables(1, {64: 70}, checked=True)
    ref = bl.allocate(b, 0, 64)
    line = bl.header_of(b, ref)
    assert bl.free(b, 0, ref)
    b.header[line + bl.STAMP] = bl.free_stamp(br.LAST_GENERATION)
    last = bl.allocate(b, 0, 64)
    assert br.generation_of_ref(last) == br.LAST_GENERATION
    assert last > 0
    assert bl.free(b, 0, last)
    assert not bl.free(b, 0, last)
    others = [bl.allocate(b, 0, 64) for _ in range(69)]
    assert br.index_of_ref(last) not in {int(br.index_of_ref(other)) for other in others}
    assert bl.allocate(b, 0, 64) == NONE


@BOTH_MODES
@pytest.mark.parametrize("size", [1 << 62, 2**63 - 1, -(2**63), 65])
def test_a_size_of_no_class_is_refused(checked, size):
    b = bl.new_block_tables(1, {64: 70}, checked=checked)
    assert bl.allocate(b, 0, size) == NONE
    assert total(b, bl.FAILED) == 1


@BOTH_MODES
def test_the_words_of_a_ref_that_names_no_block_are_not_to_be_had(checked):
    b = bl.new_block_tables(1, {64: 70}, checked=checked)
    for ref in WRONG_REFS:
        if checked or bl.header_of(b, ref) == NONE:
            with pytest.raises(ValueError, match="never allocated"):
                bl.size_of(b, ref)


def test_checked_mode_raises_where_a_block_is_used_after_it_was_freed():
    b = bl.new_block_tables(1, CLASSES, checked=True)
    ref = bl.allocate(b, 0, 200)
    k.sign(b, ref, 5)
    bl.free(b, 0, ref)
    for use in (k.use, bl.size_of):
        with pytest.raises(ValueError, match="use of a message block that was freed"):
            use(b, ref)
    again = bl.allocate(b, 0, 200)
    assert br.index_of_ref(again) == br.index_of_ref(ref)
    with pytest.raises(ValueError, match="use of a message block that was freed"):
        k.use(b, ref)


def test_checked_mode_poisons_what_is_freed_and_counts_later_writes():
    b = bl.new_block_tables(1, CLASSES, checked=True)
    ref = bl.allocate(b, 0, 200)
    words = words_of(b, ref)
    words[:] = 5
    bl.free(b, 0, ref)
    assert (words == bl.POISON).all()
    assert bl.free(b, 0, bl.allocate(b, 0, 200))
    assert total(b, bl.OVERWRITTEN) == 0
    words[31] = 5
    bl.allocate(b, 0, 200)
    assert total(b, bl.OVERWRITTEN) == 1


def test_tables_refuse_sizes_that_are_no_lines():
    with pytest.raises(ValueError, match="positive multiple of 64 bytes, got 100"):
        bl.new_block_tables(1, {100: 5})
    with pytest.raises(ValueError, match="got 0 of 64 bytes"):
        bl.new_block_tables(1, {64: 0})
    with pytest.raises(ValueError, match="1 to 15 size classes, got 0"):
        bl.new_block_tables(1, {})


@BOTH_MODES
@pytest.mark.parametrize("threads", [2, 4])
def test_no_block_is_held_twice_and_none_is_lost(checked, threads, seed):
    b = bl.new_block_tables(threads, CLASSES, checked=checked)
    held = np.full((threads, k.HELD), NONE)
    exchange = aligned(k.EXCHANGE)
    exchange[:] = NONE
    faults = [0] * threads
    k.churn(b, 0, 0, 0, held[0], exchange)

    def work(me):
        faults[me] = k.churn(b, me, seed + me, STEPS, held[me], exchange)

    in_parallel(*(lambda me=me: work(me) for me in range(threads)))
    live = np.concatenate([held.ravel(), exchange])
    live = live[live != NONE]
    assert faults == [0] * threads
    assert len(set(live.tolist())) == len(live)
    assert total(b, bl.ALLOCATED) - total(b, bl.FREED) == len(live)
    assert total(b, bl.BYTES) == sum(bl.size_of(b, ref) for ref in live)
    assert k.free_all(b, threads, live) == 0
    assert total(b, bl.ALLOCATED) == total(b, bl.FREED)
    assert total(b, bl.REFUSED) == total(b, bl.OVERWRITTEN) == total(b, bl.BYTES) == 0


def test_of_two_frees_at_the_same_moment_checked_mode_grants_one():
    number = 50 if INTERPRETED else 20_000
    b = bl.new_block_tables(2, {64: number}, checked=True)
    refs = np.array([bl.allocate(b, 2, 64) for _ in range(number)])
    assert (refs != NONE).all()
    gate, freed = aligned(1), np.zeros((2, number), np.int64)
    k.free_at_once(b, 0, refs[:0], gate, freed[0])
    in_parallel(*(lambda me=me: k.free_at_once(b, me, refs, gate, freed[me]) for me in range(2)))
    assert (freed.sum(axis=0) == 1).all()
    assert total(b, bl.REFUSED) == number
