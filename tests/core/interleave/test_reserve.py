import secrets

import pytest

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
KEPT = ("        reservation.give_back(t, worker)\n", "")
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
def test_reserved_slots_lose_and_reorder_nothing(mine, theirs, ring_slots):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = reserving_case(core, mine, theirs, ring_slots)
    found = explore(core, case, preemptions=2, limit=6_000)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure


def test_giving_back_without_a_compare_exchange_loses_a_message():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "mailbox.reservation": BLIND_GIVE_BACK})
    assert explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=2).failure is not None


def test_an_actor_that_runs_before_the_rest_is_given_back_waits_for_ever():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "scheduler.work_stealing": KEPT})
    found = explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=0)
    assert found.failure is not None


def test_fillers_are_not_dead_letters():
    mutant = load_interpreted({"worker.actor_run": NO_WAIT, "mailbox.reservation": COUNTED})
    found = explore(mutant, reserving_case(mutant, 5, 1, 8), preemptions=2)
    assert found.failure is not None
    assert "dead letters" in found.failure
