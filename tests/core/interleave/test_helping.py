"""A behaviour that floods a mailbox, and its worker that runs the receiver in between."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

EAGER = {"worker.actor_run": NO_WAIT}
FLOODER, RECEIVER = 0, 1
FLOOD, COUNT = 1, 2
SENT = 5


class Flood:
    """One actor floods another, whose messages may be read by either worker."""

    def __init__(self, core):
        self.core = core
        core.scheduler.helping.WORTH = core.scheduler.helping.WORTH_MORE = 0
        self.t = share(
            core.system.allocation.new_tables(
                workers=2, actors=4, rings=96, ring_slots=2, state_words=1
            )
        )
        self.handled, self.inside, self.wrong, self.helped = [], set(), [], 0
        for slot in (FLOODER, RECEIVER):
            assert core.lifecycle.spawning.claim(self.t, 2, 0) == slot
            core.lifecycle.spawning.start(self.t, 2, slot)
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        core = self.core
        # A fault of the actor would not fail the test: errors are kept for check().
        self.wrong += ["an actor ran twice at once"] * (ctx.actor in self.inside)
        self.inside.add(ctx.actor)
        if core.messages.envelope.kind_of(message[core.memory.layout.message_slot.HEADER]) == FLOOD:
            core.context.actions.request(self.t, ctx.worker, core.actors.stages.CHANGED)
            for k in range(SENT):
                ctx.send(core.actors.refs.ref_of(1, RECEIVER), COUNT, k)
            wants = self.t.worker[
                ctx.worker * core.memory.layout.worker_row.WORDS
                + core.memory.layout.worker_row.WANTS
            ]
            self.wrong += ["a wish was lost"] * (wants != core.actors.stages.CHANGED)
        else:
            self.helped += FLOODER in self.inside
            self.handled.append(int(message[core.memory.layout.message_slot.DATA]))
        self.inside.remove(ctx.actor)

    def worker(self, me, floods):
        core, t = self.core, self.t
        for _ in range(floods):
            to = core.actors.refs.ref_of(1, FLOODER)
            core.delivery.send.deliver(
                t, me, core.messages.envelope.enclose(to, FLOOD, -1, (0, 0, 0, 0, 0, 0))
            )
        while True:
            actor = core.scheduler.work_stealing.next_actor(t, me)
            if actor < 0:
                actor = core.scheduler.work_stealing.steal(t, me, False)
            if actor < 0:
                return
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def check(self):
        assert not self.wrong, self.wrong
        assert not self.inside
        assert self.handled == list(range(SENT))
        for slot in (FLOODER, RECEIVER):
            assert (
                self.t.actor[slot * self.core.memory.layout.lines.LINE]
                == self.core.mailbox.linked.IDLE
            )


@pytest.fixture(scope="module")
def core():
    return load_interpreted(EAGER)


def flood_case(core, seen):
    def build():
        flood = Flood(core)

        def check():
            flood.check()
            seen.add(flood.helped > 0)

        return [lambda: flood.worker(0, 1), lambda: flood.worker(1, 0)], check

    return build


def test_a_flood_arrives_whole_and_in_order_whoever_reads_it(core):
    seen = set()
    found = explore(core, flood_case(core, seen), preemptions=1, limit=20_000)
    assert found.failure is None, found.failure
    found = sample(core, flood_case(core, seen), secrets.randbits(30), 400)
    assert found.failure is None, found.failure
    assert True in seen, "the flooder's worker helped"


def test_a_wish_would_be_taken_for_that_of_who_runs_in_between():
    mutant = load_interpreted(
        {**EAGER, "scheduler.helping": ("    t.worker[base + worker_row.WANTS] = wants\n", "")}
    )
    found = explore(mutant, flood_case(mutant, set()), preemptions=1, limit=5_000)
    assert found.failure is not None
    assert "a wish was lost" in found.failure
