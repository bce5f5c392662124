"""A timer set while the only worker goes to sleep wakes it; no timer fires twice."""

import secrets

import pytest
from zbench.core.actors.refs import ONE_LIFE

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

TO = ONE_LIFE  # reference of the first actor
UNANNOUNCED = ("    if first:\n        parking.notify(t.shared)\n", "")
LEFT_BEHIND = ("actor = work_stealing.take_lifo(t, worker)", "pass")
NEVER_NAP = ("NAP_NS = 500_000_000", "NAP_NS = 1 << 60")


def sleeping_case(core):
    """A worker that sleeps until the next timer, and Python, which sets the first one."""
    layout = core.memory.layout
    core.memory.layout.shared_words.SPINS, core.scheduler.work_stealing.YIELDS = 1, 0

    def build():
        t = share(
            core.system.allocation.new_tables(
                workers=1, actors=4, rings=64, ring_slots=2, state_words=1, timers=64
            )
        )
        for slot in range(2):
            assert core.lifecycle.spawning.claim(t, 1, 0) == slot
            core.lifecycle.spawning.start(t, 1, slot)
        handled = []

        def behaviour(ctx, state, message):
            handled.append(message[layout.message_slot.DATA])
            core.memory.atomics.store_release(t.shared, layout.shared_words.STOP, 1)

        core.worker.dispatch.BEHAVIOURS[:] = [behaviour]

        def setter():
            core.timers.set_timer(t, 1, 0, 0, TO, 1, -1, (7, 0, 0, 0, 0, 0))

        def check():
            assert handled == [7]

        return [lambda: core.worker.loop.worker_loop(t, 0), setter], check

    return build


def racing_case(core):
    """Two workers fire while a third thread cancels: a timer fires or is cancelled, once."""
    layout = core.memory.layout

    def build():
        t = share(
            core.system.allocation.new_tables(
                workers=2, actors=4, rings=128, ring_slots=4, state_words=1, timers=256
            )
        )
        assert core.lifecycle.spawning.claim(t, 2, 0) == 0
        core.lifecycle.spawning.start(t, 2, 0)
        handled, cancelled = [], []
        core.worker.dispatch.BEHAVIOURS[:] = [
            lambda ctx, state, message: handled.append(message[layout.message_slot.DATA])
        ]
        timers = [
            core.timers.set_timer(t, 2, 0, 0, TO, 1, -1, (k, 0, 0, 0, 0, 0)) for k in range(2)
        ]

        def worker(me):
            core.worker.due_timers.fire(t, me)
            while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
                if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                    core.scheduler.work_stealing.share(t, me, actor)
                    core.memory.atomics.pause()

        def canceller():
            if core.timers.cancel(t, 2, timers[0]):
                cancelled.append(0)
            again = core.timers.set_timer(t, 2, 1 << 60, 0, TO, 1, -1, (9, 0, 0, 0, 0, 0))
            assert again >= 0

        def check():
            left = int(t.timer_row[2 * layout.timer_row.HEAP_WORDS + layout.timer_row.HEAP_SIZE])
            done = handled + cancelled
            # A worker that finds the row locked leaves it to the next look.
            assert len(done) == len(set(done)) == 3 - left, (handled, cancelled, left)

        return [lambda: worker(0), lambda: worker(1), canceller], check

    return build


@pytest.mark.long
def test_a_timer_wakes_a_worker_that_is_about_to_sleep():
    core = load_interpreted({"scheduler.parking": NEVER_NAP})
    found = explore(core, sleeping_case(core), preemptions=2, limit=4_000)
    assert found.failure is None, found.failure


@pytest.mark.long
def test_a_timer_that_wakes_nobody_is_late():
    mutant = load_interpreted({"scheduler.parking": NEVER_NAP, "timers": UNANNOUNCED})
    found = explore(mutant, sleeping_case(mutant), preemptions=2, limit=4_000)
    assert found.failure is not None


@pytest.mark.long
def test_what_a_timer_woke_is_left_behind_by_a_worker_that_sleeps():
    mutant = load_interpreted({"scheduler.parking": NEVER_NAP, "worker.loop": LEFT_BEHIND})
    found = explore(mutant, sleeping_case(mutant), preemptions=2, limit=4_000)
    assert found.failure is not None
    assert "lost wake-up" in found.failure


@pytest.mark.long
def test_a_timer_fires_once_or_is_cancelled_once():
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    found = explore(core, racing_case(core), preemptions=2, limit=3_000)
    assert found.failure is None, found.failure
    found = sample(core, racing_case(core), secrets.randbits(30), 300)
    assert found.failure is None, found.failure


def test_two_workers_that_fire_in_turn_keep_the_order_of_due_times():
    core = load_interpreted()
    layout = core.memory.layout
    t = core.system.allocation.new_tables(
        workers=2, actors=4, rings=128, ring_slots=16, state_words=1, timers=256
    )
    t.actor[layout.actor_row.MAIL] = core.mailbox.linked.IDLE
    t.actor[layout.actor_row.REF] = ONE_LIFE
    handled = []
    core.worker.dispatch.BEHAVIOURS[:] = [
        lambda ctx, state, message: handled.append(message[layout.message_slot.DATA])
    ]
    # Five messages leave worker 0, which woke the actor, with reserved slots.
    turns = [(0, [0, 1, 2, 3, 4]), (1, [5]), (0, [6]), (1, [7, 8]), (0, [9])]
    for worker, numbers in turns:
        for k in numbers:
            core.timers.set_timer(t, 2, 0, 0, ONE_LIFE, 1, -1, (k, 0, 0, 0, 0, 0))
            due = core.memory.atomics.clock_ns()
            while core.memory.atomics.clock_ns() == due:
                pass
        core.worker.due_timers.fire(t, worker)
    actor = core.scheduler.work_stealing.next_actor(t, 0)
    assert actor == 0
    while core.worker.loop.run_actor(t, 0, actor) == core.worker.loop.AGAIN:
        pass
    assert handled == list(range(10))
