import secrets

import pytest

from tests.explorer import SharedArray, explore, load_interpreted, replay, sample, share

pytestmark = pytest.mark.long

POP_FENCE = (
    "    atomics.fence()\n    top = atomics.load_relaxed(ends, base + TOP)",
    "    top = atomics.load_relaxed(ends, base + TOP)",
)
NOTIFY_FENCE = (
    "    atomics.fence()\n    if (\n        atomics.load_relaxed(shared, shared_words.SLEEPERS)",
    "    if (\n        atomics.load_relaxed(shared, shared_words.SLEEPERS)",
)
# An actor that waits for more mail only takes longer; the protocol is the same.
NO_WAIT = ("if looks < LINGER and", "if looks < 0 and")
RETIRE = (
    "    if not atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, expected, flag):\n",
    "    same = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL) == expected\n"
    "    if same:\n        atomics.store_release(t.actor, actor * LINE + actor_row.MAIL, flag)\n    if not same:\n",
)


@pytest.fixture(scope="module")
def core():
    return load_interpreted()


def store_buffering(core, fenced):
    def build():
        memory, seen = SharedArray([0, 0], "memory"), {}

        def thread(me):
            core.memory.atomics.store_release(memory, me, 1)
            if fenced:
                core.memory.atomics.fence()
            seen[me] = core.memory.atomics.load_acquire(memory, 1 - me)

        def check():
            assert seen != {0: 0, 1: 0}

        return [lambda: thread(0), lambda: thread(1)], check

    return build


def test_a_store_may_pass_a_later_load_unless_a_fence_stands_between(core):
    assert explore(core, store_buffering(core, fenced=True)).exhausted
    found = explore(core, store_buffering(core, fenced=False))
    assert found.failure is not None
    again = replay(core, store_buffering(core, fenced=False), found.choices)
    assert again == found.failure


def test_a_counter_without_atomic_addition_loses_counts(core):
    def build(atomic):
        memory = SharedArray([0], "memory")

        def thread():
            if atomic:
                core.memory.atomics.fetch_add(memory, 0, 1)
            else:
                value = core.memory.atomics.load_relaxed(memory, 0)
                core.memory.atomics.store_relaxed(memory, 0, value + 1)

        def check():
            assert memory[0] == 2

        return [thread, thread], check

    assert explore(core, lambda: build(True)).exhausted
    assert explore(core, lambda: build(False)).failure is not None


def deque_case(core):
    """An owner that pushes two items and pops two, and two thieves."""

    def build():
        ends, items = (
            SharedArray([0] * core.queues.chase_lev.ENDS_WORDS, "ends"),
            SharedArray([0] * 4, "items"),
        )
        taken = []

        def owner():
            for item in (1, 2):
                core.queues.chase_lev.push(ends, items, 4, 0, item)
            for _ in range(2):
                item = core.queues.chase_lev.pop(ends, items, 4, 0)
                taken.append(item)

        def thief():
            taken.append(core.queues.chase_lev.steal(ends, items, 4, 0))

        def check():
            left = [core.queues.chase_lev.pop(ends, items, 4, 0) for _ in range(2)]
            got = sorted(item for item in (*taken, *left) if item >= 0)
            assert got == [1, 2], f"taken {taken}, left {left}"

        return [owner, thief, thief], check

    return build


def test_every_item_of_a_deque_leaves_once(core):
    assert explore(core, deque_case(core), preemptions=2).exhausted
    assert sample(core, deque_case(core), secrets.randbits(30), 2000).failure is None


def test_without_its_fence_pop_takes_an_item_twice():
    mutant = load_interpreted({"queues.chase_lev": POP_FENCE})
    found = explore(mutant, deque_case(mutant), preemptions=3, delays=2)
    assert found.failure is not None
    assert "taken" in found.failure


def parking_case(core):
    """A worker that sleeps without work, and one that brings work."""

    def build():
        shared = SharedArray([0] * core.memory.layout.shared_words.WORDS, "shared")
        ends = SharedArray([0] * core.queues.chase_lev.ENDS_WORDS, "ends")
        items = SharedArray([0] * 4, "items")
        got = []

        def worker():
            while not got:
                epoch = core.scheduler.parking.announce(shared)
                if core.queues.chase_lev.size(ends, 0) > 0:
                    core.scheduler.parking.withdraw(shared)
                    got.append(core.queues.chase_lev.steal(ends, items, 4, 0))
                else:
                    core.scheduler.parking.sleep(shared, epoch)

        def bringer():
            core.queues.chase_lev.push(ends, items, 4, 0, 7)
            core.scheduler.parking.notify(shared)

        def check():
            assert got == [7]
            assert shared[core.memory.layout.shared_words.SLEEPERS] == 0

        return [worker, bringer], check

    return build


def test_work_wakes_a_sleeper_whenever_it_comes(core):
    assert explore(core, parking_case(core), preemptions=3, delays=2).exhausted


def test_without_its_fence_the_wake_up_is_lost():
    mutant = load_interpreted({"scheduler.parking": NOTIFY_FENCE})
    found = explore(mutant, parking_case(mutant), preemptions=2, delays=2)
    assert found.failure is not None
    assert "lost wake-up" in found.failure


def mailbox_case(core, messages=1, ring_slots=2):
    """Two workers that each send to one actor and run it if they woke it."""

    def build():
        tables = share(
            core.system.allocation.new_tables(
                workers=2, actors=2, rings=96, ring_slots=ring_slots, state_words=1
            )
        )
        tables.actor[core.memory.layout.actor_row.MAIL] = core.mailbox.linked.IDLE
        handled, inside = [], []

        def behaviour(ctx, state, message):
            assert not inside, "the actor runs twice at once"
            inside.append(ctx.worker)
            core.memory.atomics.load_relaxed(tables.shared, 0)  # a switch point
            handled.append(message[core.memory.layout.message_slot.DATA])
            inside.pop()

        core.worker.dispatch.BEHAVIOURS[:] = [behaviour]
        me = tables.actor[core.memory.layout.actor_row.REF] = core.actors.refs.ref_of(1, 0)

        def sender(worker):
            for k in range(messages):
                data = (10 * worker + k, 0, 0, 0, 0, 0)
                outcome = core.mailbox.linked.put(
                    tables, worker, 0, core.messages.envelope.enclose(me, 1, -1, data)
                )
                if outcome == core.messages.outcomes.WOKEN:
                    while core.worker.loop.run_actor(tables, worker, 0) == core.worker.loop.AGAIN:
                        core.memory.atomics.pause()

        def check():
            for worker in (0, 1):
                wanted = [10 * worker + k for k in range(messages)]
                assert [h for h in handled if h // 10 == worker] == wanted, handled
            assert tables.actor[core.memory.layout.actor_row.MAIL] == core.mailbox.linked.IDLE

        return [lambda: sender(0), lambda: sender(1)], check

    return build


def test_every_message_is_handled_once_in_order_and_by_one_worker_at_a_time():
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    assert explore(core, mailbox_case(core), preemptions=2).exhausted
    found = sample(core, mailbox_case(core, messages=4), secrets.randbits(30), 400)
    assert found.failure is None, found.failure


def test_going_idle_without_a_compare_exchange_strands_a_message():
    mutant = load_interpreted({"mailbox.linked": RETIRE, "worker.actor_run": NO_WAIT})
    found = explore(mutant, mailbox_case(mutant), preemptions=2)
    assert found.failure is not None
    assert not found.failure.startswith("TypeError")


def test_no_index_is_handed_out_twice():
    small = load_interpreted({"memory.index_pool": ("POOL_BATCH = 32 ", "POOL_BATCH = 1 ")})
    layout = small.memory.layout

    def build():
        shared = SharedArray([0] * layout.shared_words.WORDS, "shared")
        links = SharedArray([0] * 4 * layout.lines.LINE, "links")
        caches = SharedArray([0] * 2 * small.memory.index_pool.CACHE_WORDS, "caches")
        held = []
        where = (shared, layout.shared_words.RING_POOL, links, layout.ring_row.FREE_LINK, caches)

        def worker(me):
            mine = []
            for _ in range(2):
                index = small.memory.index_pool.take(*where, me, 4)
                assert index not in held, f"{index} handed out twice"
                held.append(index)
                mine.append(index)
            for index in mine:
                held.remove(index)
                small.memory.index_pool.give(*where, me, index)
            again = small.memory.index_pool.take(*where, me, 4)
            assert again not in held
            held.append(again)

        return [lambda: worker(0), lambda: worker(1)], lambda: None

    assert explore(small, build, preemptions=2, limit=20_000).failure is None


def test_a_ring_of_two_slots_passes_every_message_in_order(core):
    def build():
        ends, slots = (
            SharedArray([0] * core.queues.spsc.ENDS_WORDS, "ends"),
            SharedArray([0] * 16, "slots"),
        )
        got = []

        def producer():
            for value in (1, 2, 3):
                while not core.queues.spsc.push(ends, slots, 2, value):
                    core.memory.atomics.pause()

        def consumer():
            while len(got) < 3:
                value = core.queues.spsc.pop(ends, slots, 2)
                if value < 0:
                    core.memory.atomics.pause()
                else:
                    got.append(value)

        def check():
            assert got == [1, 2, 3]

        return [producer, consumer], check

    assert explore(core, build, preemptions=3).exhausted


def test_the_injection_queue_gives_every_item_once(core):
    def build():
        shared = SharedArray([0] * core.memory.layout.shared_words.WORDS, "shared")
        cells = SharedArray([0] * 4, "cells")
        got = []

        def pusher(item):
            core.queues.injection.push(shared, cells, 2, item)

        def popper():
            got.append(core.queues.injection.pop(shared, cells, 2))

        def check():
            left = [core.queues.injection.pop(shared, cells, 2) for _ in range(2)]
            assert sorted(i for i in (*got, *left) if i >= 0) == [5, 6]

        return [lambda: pusher(5), lambda: pusher(6), popper], check

    assert explore(core, build, preemptions=2).exhausted
