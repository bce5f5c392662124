import pytest

from tests.core.interleave.test_structures import NO_WAIT, mailbox_case
from tests.explorer import SharedArray, explore, load_interpreted, share

pytestmark = pytest.mark.long

BATCH_OF_ONE = ("POOL_BATCH = 32 ", "POOL_BATCH = 1 ")
NO_TAG = ("((tag & TAG_MASK) << TAG_SHIFT)", "((tag & 0) << TAG_SHIFT)")
UNCHAINED = (
    "    if actor >= 0 and t.workers > 1 and not injection.is_empty(t.shared):\n"
    "        parking.notify(t.shared)\n",
    "",
)


def pool_case(core):
    """Workers that give back more than their caches hold, so that batches cross the stack."""
    layout = core.memory.layout

    def build():
        shared = SharedArray([0] * layout.shared_words.WORDS, "shared")
        links = SharedArray([0] * 8 * layout.lines.LINE, "links")
        caches = SharedArray([0] * 3 * core.memory.index_pool.CACHE_WORDS, "caches")
        where = (shared, layout.shared_words.RING_POOL, links, layout.ring_row.FREE_LINK, caches)
        # Worker 2 leaves three batches of one on the stack and keeps two indices.
        for index in [core.memory.index_pool.take(*where, 2, 5) for _ in range(5)]:
            core.memory.index_pool.give(*where, 2, index)
        held = []

        def take(me):
            index = core.memory.index_pool.take(*where, me, 6)
            if index >= 0:
                assert index not in held, f"{index} handed out twice"
                held.append(index)
            return index

        def taker():
            take(0)
            take(0)

        def churner():
            first, _kept, *rest = (take(1) for _ in range(4))
            for index in (first, *rest):
                if index >= 0:
                    held.remove(index)
                    core.memory.index_pool.give(*where, 1, index)

        return [taker, churner], lambda: None

    return build


def test_no_index_is_handed_out_twice_where_batches_cross_the_stack():
    core = load_interpreted({"memory.index_pool": BATCH_OF_ONE})
    assert explore(core, pool_case(core), preemptions=3, delays=2).exhausted


def test_without_its_tag_the_stack_hands_an_index_out_twice():
    mutant = load_interpreted({"memory.index_pool": [BATCH_OF_ONE, NO_TAG]})
    found = explore(mutant, pool_case(mutant), preemptions=3)
    assert found.failure is not None
    assert "handed out twice" in found.failure


@pytest.mark.parametrize("slots", [1, 2])
def test_a_full_ring_spills_and_loses_nothing(slots):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    assert explore(core, mailbox_case(core, messages=2, ring_slots=slots)).exhausted


def serve(core, t, me, ran, depends):
    """A worker's loop until both actors ran; the first may need the second to have run."""
    while len(ran) < 2:
        actor = core.scheduler.work_stealing.next_actor(t, me)
        if actor < 0:
            actor = core.scheduler.work_stealing.find_work(t, me)
        if actor < 0:
            continue
        while depends and actor == 1 and 2 not in ran:
            core.memory.atomics.pause()
        ran.append(actor)
    core.memory.atomics.store_release(t.shared, core.memory.layout.shared_words.STOP, 1)
    core.scheduler.parking.wake_all(t.shared)


def sleepers_case(core, *, injected, depends):
    """Two workers, and two actors queued by Python (injected) or by the first worker."""
    # More looks before sleeping only lengthen schedules; the protocol is the same.
    core.memory.layout.shared_words.SPINS, core.scheduler.work_stealing.YIELDS = 1, 0

    def build():
        t = share(
            core.system.allocation.new_tables(
                workers=2, actors=4, rings=4, ring_slots=2, state_words=1
            )
        )
        ran = []

        def inject():
            for actor in (1, 2):
                core.scheduler.work_stealing.schedule(t, t.workers, actor)

        def busy():
            for actor in (1, 2):
                core.scheduler.work_stealing.share(t, 0, actor)
            serve(core, t, 0, ran, depends)

        def check():
            assert sorted(ran) == [1, 2], ran

        def idle(me):
            return lambda: serve(core, t, me, ran, depends)

        return ([idle(0), idle(1), inject] if injected else [busy, idle(1)]), check

    return build


@pytest.mark.parametrize("depends", [False, True])
def test_what_a_busy_worker_queues_wakes_a_sleeper(depends):
    core = load_interpreted()
    assert explore(core, sleepers_case(core, injected=False, depends=depends)).exhausted


def test_what_python_queues_is_run_though_all_sleep():
    core = load_interpreted()
    found = explore(
        core, sleepers_case(core, injected=True, depends=False), preemptions=1, limit=2_000
    )
    assert found.failure is None


def test_two_injected_actors_wake_two_sleepers():
    core = load_interpreted()
    found = explore(
        core, sleepers_case(core, injected=True, depends=True), preemptions=1, limit=2_000
    )
    assert found.failure is None


def test_a_worker_that_takes_an_injected_actor_must_wake_the_next():
    mutant = load_interpreted({"scheduler.work_stealing": UNCHAINED})
    found = explore(
        mutant, sleepers_case(mutant, injected=True, depends=True), preemptions=1, limit=2_000
    )
    assert found.failure is not None
