import secrets

import pytest
from zbench.core.actors.refs import ONE_LIFE

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

BLIND_GIVE_BACK = (
    "    if atomics.compare_exchange(\n"
    "        t.actor, actor * LINE + actor_row.MAIL, mine, linked.pack(ring, position)\n"
    "    ):\n"
    "        return\n",
    "    atomics.store_release(t.actor, actor * LINE + actor_row.MAIL, linked.pack(ring, position))\n"
    "    return\n",
)
KEPT = (
    "        reservation.give_back(t, worker)\n        t.worker[lifo] = NONE\n",
    "        t.worker[lifo] = NONE\n",
)
COUNTED = ("before, 0, message_slot.FILLER", "before, 0, -1")


def reserving_case(core, mine, theirs, ring_slots):
    """Two workers that send to one actor; the one that wakes it reserves slots, then runs it."""

    def build():
        t = share(
            core.system.allocation.new_tables(
                workers=2, actors=2, rings=96, ring_slots=ring_slots, state_words=1
            )
        )
        t.actor[core.memory.layout.actor_row.MAIL] = core.mailbox.linked.IDLE
        to = t.actor[core.memory.layout.actor_row.REF] = core.actors.refs.ref_of(1, 0)
        handled = []
        core.worker.dispatch.BEHAVIOURS[:] = [
            lambda ctx, state, message: handled.append(
                message[core.memory.layout.message_slot.DATA]
            )
        ]

        def worker(me, messages):
            for k in range(messages):
                core.delivery.send.deliver(
                    t, me, core.messages.envelope.enclose(to, 1, -1, (10 * me + k, 0, 0, 0, 0, 0))
                )
            looks = 0
            while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
                looks += 1
                assert looks < 50, "the actor waits for a message that nobody will write"
                if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                    core.scheduler.work_stealing.share(t, me, actor)
                    core.memory.atomics.pause()

        def total(counter):
            return sum(
                t.worker[me * core.memory.layout.worker_row.WORDS + counter] for me in (0, 1)
            )

        def check():
            for me, messages in ((0, mine), (1, theirs)):
                wanted = [10 * me + k for k in range(messages)]
                assert [h for h in handled if h // 10 == me] == wanted, handled
            assert total(core.memory.layout.worker_row.PROCESSED) == mine + theirs
            assert total(core.memory.layout.worker_row.DEAD_LETTERS) == 0, "dead letters"
            assert t.actor[core.memory.layout.actor_row.MAIL] == core.mailbox.linked.IDLE, (
                "not idle"
            )

        return [lambda: worker(0, mine), lambda: worker(1, theirs)], check

    return build


# Five messages leave one claim half used; in a ring of four the other sender chains a second
# ring at the end of the claim.
@pytest.mark.parametrize(("mine", "theirs", "ring_slots"), [(5, 1, 8), (3, 2, 4), (5, 2, 4)])
@pytest.mark.long
def test_reserved_slots_lose_and_reorder_nothing(mine, theirs, ring_slots):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = reserving_case(core, mine, theirs, ring_slots)
    found = explore(core, case, preemptions=2, limit=6_000)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure


@pytest.mark.long
def test_giving_back_without_a_compare_exchange_loses_a_message():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "mailbox.reservation": BLIND_GIVE_BACK})
    assert explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=2).failure is not None


@pytest.mark.long
def test_an_actor_that_runs_before_the_rest_is_given_back_waits_for_ever():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "scheduler.work_stealing": KEPT})
    found = explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=0)
    assert found.failure is not None


@pytest.mark.long
def test_fillers_are_not_dead_letters():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "mailbox.reservation": COUNTED})
    found = explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=2)
    assert found.failure is not None
    assert "dead letters" in found.failure


@pytest.mark.parametrize("queue", ["injected", "critical"])
def test_a_sender_that_other_workers_run_in_between_keeps_its_order(queue):
    core = load_interpreted()
    level = core.scheduler.policies.priority.CRITICAL
    placement = core.scheduler.placement.Placement(
        core.scheduler.policies.policy.PRIORITY, shared_queues=4, per_behaviour=True
    )
    t = core.system.allocation.new_tables(
        workers=2,
        actors=4,
        rings=128,
        ring_slots=16,
        state_words=1,
        placement=core.scheduler.placement.NO_TABLES if queue == "injected" else placement,
    )
    receiver, sender = 0, 1
    t.actor[core.memory.layout.actor_row.MAIL] = core.mailbox.linked.IDLE
    t.actor[core.memory.layout.actor_row.REF] = ONE_LIFE + receiver
    t.behaviour_level[:1] = core.scheduler.policies.priority.NORMAL
    handled = []
    core.worker.dispatch.BEHAVIOURS[:] = [
        lambda ctx, state, message: handled.append(message[core.memory.layout.message_slot.DATA])
    ]

    def run_sender(worker, numbers):
        """Let a worker take the sender from its queue and send numbers to the receiver."""
        if queue == "injected":
            core.queues.injection.push(t.shared, t.inject, t.actors, sender)
            tick = worker * core.memory.layout.worker_row.WORDS
            tick += core.memory.layout.worker_row.TICK
            t.worker[tick] = core.scheduler.work_stealing.INJECT_INTERVAL - 1
        else:
            core.scheduler.shared_queues.put(t, worker, level, sender)
        assert core.scheduler.work_stealing.next_actor(t, worker) == sender
        for k in numbers:
            data = (k, 0, 0, 0, 0, 0)
            core.delivery.send.deliver(
                t, worker, core.messages.envelope.enclose(ONE_LIFE + receiver, 1, -1, data)
            )

    # Five messages leave worker 0, which woke the receiver, with reserved slots.
    run_sender(0, [0, 1, 2, 3, 4])
    run_sender(1, [5])
    run_sender(0, [6])
    assert core.scheduler.work_stealing.next_actor(t, 0) == receiver
    while core.worker.loop.run_actor(t, 0, receiver) == core.worker.loop.AGAIN:
        pass
    assert handled == [0, 1, 2, 3, 4, 5, 6]
