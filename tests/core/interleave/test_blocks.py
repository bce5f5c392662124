import secrets

import pytest

from tests.explorer import SharedArray, explore, load_interpreted, sample, share

# One index a batch, so that two threads soon meet at the stack.
BATCH_OF_ONE = ("POOL_BATCH = 32 ", "POOL_BATCH = 1 ")
SMALL = {"memory.index_pool": BATCH_OF_ONE}
LOOK_THEN_STORE = (
    "        return atomics.compare_exchange(b.header, line + STAMP, live, ended)\n",
    "        if atomics.load_acquire(b.header, line + STAMP) != live:\n"
    "            return False\n"
    "        atomics.store_release(b.header, line + STAMP, ended)\n"
    "        return True\n",
)
BLIND_TAKE = (
    "        if atomics.compare_exchange(shared, pool, head, _pack((head >> TAG_SHIFT) + 1, below)):\n",
    "        atomics.store_release(shared, pool, _pack((head >> TAG_SHIFT) + 1, below))\n"
    "        if True:\n",
)


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def core():
    return load_interpreted(SMALL)


def tables(core, *, checked=True):
    return share(core.blocks.block_tables.new_block_tables(2, {64: 4}, checked=checked))


def total(core, b, counter):
    return sum(
        b.counters[k] for k in range(counter, len(b.counters), core.memory.layout.lines.PAIR)
    )


def churn_case(core, *, checked):
    """Two workers that allocate two blocks each, free them and allocate again.

    The blocks are no fresh ones: two lie on the stack, two in the cache of Python's row.
    """

    def build():
        b = tables(core, checked=checked)
        for ref in [core.blocks.block_tables.allocate(b, 2, 64) for _ in range(4)]:
            assert core.blocks.block_tables.free(b, 2, ref)
        held = []

        def worker(me):
            for _ in range(2):
                mine = [core.blocks.block_tables.allocate(b, me, 64) for _ in range(2)]
                for ref in mine:
                    if ref != core.memory.layout.lines.NONE:
                        assert core.blocks.block_tables.index_of_ref(ref) not in held, (
                            "handed out twice"
                        )
                        held.append(core.blocks.block_tables.index_of_ref(ref))
                        core.blocks.block_tables.words_of(b, ref)[0] = ref
                for ref in mine:
                    if ref != core.memory.layout.lines.NONE:
                        assert core.blocks.block_tables.words_of(b, ref)[0] == ref, (
                            "another's words"
                        )
                        held.remove(core.blocks.block_tables.index_of_ref(ref))
                        # Out of date already if another was given it meanwhile.
                        assert core.blocks.block_tables.free(b, me, ref), (
                            "handed out twice and freed"
                        )

        def check():
            assert total(core, b, core.blocks.block_tables.ALLOCATED) == total(
                core, b, core.blocks.block_tables.FREED
            )
            assert total(core, b, core.blocks.block_tables.BYTES) == 0
            assert total(core, b, core.blocks.block_tables.OVERWRITTEN) == 0

        return [lambda: worker(0), lambda: worker(1)], check

    return build


def double_free_case(core):
    """Two workers that hold the same ref and both free it, then allocate."""

    def build():
        b = tables(core)
        ref = core.blocks.block_tables.allocate(b, 2, 64)
        freed, got = [], []

        def worker(me):
            freed.append(bool(core.blocks.block_tables.free(b, me, ref)))
            got.append(core.blocks.block_tables.allocate(b, me, 64))

        def check():
            assert sorted(freed) == [False, True], f"freed {freed}"
            assert total(core, b, core.blocks.block_tables.REFUSED) == 1
            refs = [r for r in got if r != core.memory.layout.lines.NONE]
            assert len({core.blocks.block_tables.index_of_ref(r) for r in refs}) == len(refs), (
                "held twice"
            )

        return [lambda: worker(0), lambda: worker(1)], check

    return build


def hand_over_case(core, blocks):
    """A worker that sends blocks through a word, and one that reads and frees them."""

    def build():
        b = tables(core)
        word = SharedArray([core.memory.layout.lines.NONE], "word")

        def sender():
            for k in range(blocks):
                ref = core.blocks.block_tables.allocate(b, 0, 64)
                assert ref != core.memory.layout.lines.NONE, "no block is free"
                core.blocks.block_tables.words_of(b, ref)[7] = k
                while core.memory.atomics.load_acquire(word, 0) != core.memory.layout.lines.NONE:
                    core.memory.atomics.pause()
                core.memory.atomics.store_release(word, 0, ref)

        def receiver():
            for k in range(blocks):
                while (
                    ref := core.memory.atomics.load_acquire(word, 0)
                ) == core.memory.layout.lines.NONE:
                    core.memory.atomics.pause()
                assert core.blocks.block_tables.words_of(b, ref)[7] == k, "another's words"
                assert core.blocks.block_tables.free(b, 1, ref)
                core.memory.atomics.store_release(word, 0, core.memory.layout.lines.NONE)

        def check():
            assert total(core, b, core.blocks.block_tables.ALLOCATED) == blocks
            assert total(core, b, core.blocks.block_tables.FREED) == blocks
            assert total(core, b, core.blocks.block_tables.OVERWRITTEN) == 0

        return [sender, receiver], check

    return build


@pytest.mark.parametrize("checked", [False, True])
def test_no_block_is_held_twice(core, checked):
    assert explore(core, churn_case(core, checked=checked), preemptions=2).exhausted
    found = sample(core, churn_case(core, checked=checked), secrets.randbits(30), 300)
    assert found.failure is None, found.failure


def test_taking_a_batch_without_a_compare_exchange_hands_a_block_out_twice():
    mutant = load_interpreted({"memory.index_pool": [BATCH_OF_ONE, BLIND_TAKE]})
    found = explore(mutant, churn_case(mutant, checked=False), preemptions=2)
    assert found.failure is not None
    assert "handed out twice" in found.failure


def test_of_two_frees_of_one_ref_exactly_one_is_granted(core):
    assert explore(core, double_free_case(core), preemptions=3, delays=2).exhausted
    found = sample(core, double_free_case(core), secrets.randbits(30), 1000)
    assert found.failure is None, found.failure


def test_without_the_stamps_compare_exchange_both_frees_are_granted():
    mutant = load_interpreted({**SMALL, "blocks.block_tables": LOOK_THEN_STORE})
    found = explore(mutant, double_free_case(mutant), preemptions=2)
    assert found.failure is not None
    assert "freed [True, True]" in found.failure


def test_a_block_travels_between_workers_with_its_words(core):
    assert explore(core, hand_over_case(core, 2), preemptions=2).exhausted
    # More blocks than there are: those freed by one worker come back to the other.
    found = sample(core, hand_over_case(core, 7), secrets.randbits(30), 300)
    assert found.failure is None, found.failure
