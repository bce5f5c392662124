import secrets

import pytest

from tests.explorer import SharedArray, explore, load_interpreted, replay, sample, share

POP_FENCE = (
    "    at.fence()\n    top = at.load_relaxed(ends, base + TOP)",
    "    top = at.load_relaxed(ends, base + TOP)",
)
NOTIFY_FENCE = (
    "    at.fence()\n    if at.load_relaxed(shared, SLEEPERS)",
    "    if at.load_relaxed(shared, SLEEPERS)",
)
# An actor that waits for more mail only takes longer; the protocol is the same.
NO_WAIT = ("if looks < LINGER and", "if looks < 0 and")
RETIRE = (
    "    if not at.compare_exchange(t.actor, actor * LINE + MAIL, expected, flag):\n",
    "    same = at.load_acquire(t.actor, actor * LINE + MAIL) == expected\n"
    "    if same:\n        at.store_release(t.actor, actor * LINE + MAIL, flag)\n    if not same:\n",
)


@pytest.fixture(scope="module")
def core():
    return load_interpreted()


def store_buffering(core, fenced):
    def build():
        memory, seen = SharedArray([0, 0], "memory"), {}

        def thread(me):
            core.atomics.store_release(memory, me, 1)
            if fenced:
                core.atomics.fence()
            seen[me] = core.atomics.load_acquire(memory, 1 - me)

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
                core.atomics.fetch_add(memory, 0, 1)
            else:
                value = core.atomics.load_relaxed(memory, 0)
                core.atomics.store_relaxed(memory, 0, value + 1)

        def check():
            assert memory[0] == 2

        return [thread, thread], check

    assert explore(core, lambda: build(True)).exhausted
    assert explore(core, lambda: build(False)).failure is not None


def deque_case(core):
    """An owner that pushes two items and pops two, and two thieves."""

    def build():
        ends, items = (
            SharedArray([0] * core.layout.ENDS_WORDS, "ends"),
            SharedArray([0] * 4, "items"),
        )
        taken = []

        def owner():
            for item in (1, 2):
                core.deque.push(ends, items, 4, 0, item)
            for _ in range(2):
                item = core.deque.pop(ends, items, 4, 0)
                taken.append(item)

        def thief():
            taken.append(core.deque.steal(ends, items, 4, 0))

        def check():
            left = [core.deque.pop(ends, items, 4, 0) for _ in range(2)]
            got = sorted(item for item in (*taken, *left) if item >= 0)
            assert got == [1, 2], f"taken {taken}, left {left}"

        return [owner, thief, thief], check

    return build


def test_every_item_of_a_deque_leaves_once(core):
    assert explore(core, deque_case(core), preemptions=2).exhausted
    assert sample(core, deque_case(core), secrets.randbits(30), 2000).failure is None


def test_without_its_fence_pop_takes_an_item_twice():
    mutant = load_interpreted({"deque": POP_FENCE})
    found = explore(mutant, deque_case(mutant), preemptions=3, delays=2)
    assert found.failure is not None
    assert "taken" in found.failure


def parking_case(core):
    """A worker that sleeps where there is no work, and one who brings work."""

    def build():
        shared = SharedArray([0] * core.layout.SHARED_WORDS, "shared")
        ends = SharedArray([0] * core.layout.ENDS_WORDS, "ends")
        items = SharedArray([0] * 4, "items")
        got = []

        def worker():
            while not got:
                epoch = core.parking.announce(shared)
                if core.deque.size(ends, 0) > 0:
                    core.parking.withdraw(shared)
                    got.append(core.deque.steal(ends, items, 4, 0))
                else:
                    core.parking.sleep(shared, epoch)

        def bringer():
            core.deque.push(ends, items, 4, 0, 7)
            core.parking.notify(shared)

        def check():
            assert got == [7]
            assert shared[core.layout.SLEEPERS] == 0

        return [worker, bringer], check

    return build


def test_work_wakes_a_sleeper_whenever_it_comes(core):
    assert explore(core, parking_case(core), preemptions=3, delays=2).exhausted


def test_without_its_fence_the_wake_up_is_lost():
    mutant = load_interpreted({"parking": NOTIFY_FENCE})
    found = explore(mutant, parking_case(mutant), preemptions=2, delays=2)
    assert found.failure is not None
    assert "lost wake-up" in found.failure


def mailbox_case(core, messages=1, ring_slots=2):
    """Two workers that each send to one actor and run it if they woke it."""

    def build():
        tables = share(
            core.allocation.new_tables(
                workers=2, actors=2, rings=96, ring_slots=ring_slots, state_words=1
            )
        )
        tables.actor[core.layout.MAIL] = core.mailbox.IDLE
        handled, inside = [], []

        def behaviour(ctx, state, message):
            assert not inside, "the actor runs twice at once"
            inside.append(ctx.worker)
            core.atomics.load_relaxed(tables.shared, 0)  # a point to be interrupted at
            handled.append(message[core.layout.DATA])
            inside.pop()

        core.dispatch.BEHAVIOURS[:] = [behaviour]

        def sender(worker):
            for k in range(messages):
                data = (10 * worker + k, 0, 0, 0, 0, 0)
                outcome = core.mailbox.put(tables, worker, 0, 0, 1, -1, data)
                if outcome == core.mailbox.WOKEN:
                    while core.loop.run_actor(tables, worker, 0) == core.loop.AGAIN:
                        core.atomics.pause()

        def check():
            for worker in (0, 1):
                wanted = [10 * worker + k for k in range(messages)]
                assert [h for h in handled if h // 10 == worker] == wanted, handled
            assert tables.actor[core.layout.MAIL] == core.mailbox.IDLE

        return [lambda: sender(0), lambda: sender(1)], check

    return build


def test_every_message_is_handled_once_in_order_and_by_one_worker_at_a_time():
    core = load_interpreted({"turns": NO_WAIT})
    assert explore(core, mailbox_case(core), preemptions=2).exhausted
    found = sample(core, mailbox_case(core, messages=4), secrets.randbits(30), 400)
    assert found.failure is None, found.failure


def test_going_idle_without_a_compare_exchange_strands_a_message():
    mutant = load_interpreted({"mailbox": RETIRE, "turns": NO_WAIT})
    found = explore(mutant, mailbox_case(mutant), preemptions=2)
    assert found.failure is not None
    assert not found.failure.startswith("TypeError")


def test_no_index_is_handed_out_twice():
    small = load_interpreted({"layout": ("POOL_BATCH = 32 ", "POOL_BATCH = 1 ")})
    layout = small.layout

    def build():
        shared = SharedArray([0] * layout.SHARED_WORDS, "shared")
        links = SharedArray([0] * 4 * layout.LINE, "links")
        caches = SharedArray([0] * 2 * layout.CACHE_WORDS, "caches")
        held = []
        where = (shared, layout.RING_POOL, links, layout.RING_LINK, caches)

        def worker(me):
            mine = []
            for _ in range(2):
                index = small.pool.take(*where, me, 4)
                assert index not in held, f"{index} handed out twice"
                held.append(index)
                mine.append(index)
            for index in mine:
                held.remove(index)
                small.pool.give(*where, me, index)
            again = small.pool.take(*where, me, 4)
            assert again not in held
            held.append(again)

        return [lambda: worker(0), lambda: worker(1)], lambda: None

    assert explore(small, build, preemptions=2, limit=20_000).failure is None


def test_a_ring_of_two_slots_passes_every_message_in_order(core):
    def build():
        ends, slots = (
            SharedArray([0] * core.ring.ENDS_WORDS, "ends"),
            SharedArray([0] * 16, "slots"),
        )
        got = []

        def producer():
            for value in (1, 2, 3):
                while not core.ring.push(ends, slots, 2, value):
                    core.atomics.pause()

        def consumer():
            while len(got) < 3:
                value = core.ring.pop(ends, slots, 2)
                if value < 0:
                    core.atomics.pause()
                else:
                    got.append(value)

        def check():
            assert got == [1, 2, 3]

        return [producer, consumer], check

    assert explore(core, build, preemptions=3).exhausted


def test_the_injection_queue_gives_every_item_once(core):
    def build():
        shared = SharedArray([0] * core.layout.SHARED_WORDS, "shared")
        cells = SharedArray([0] * 4, "cells")
        got = []

        def pusher(item):
            core.injection.push(shared, cells, 2, item)

        def popper():
            got.append(core.injection.pop(shared, cells, 2))

        def check():
            left = [core.injection.pop(shared, cells, 2) for _ in range(2)]
            assert sorted(i for i in (*got, *left) if i >= 0) == [5, 6]

        return [lambda: pusher(5), lambda: pusher(6), popper], check

    assert explore(core, build, preemptions=2).exhausted
