"""A reply and the time-out of a question meet under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

ASKER, ORACLE = 1, 2  # slots
ASK, SILENT, REPLY, LATE, STOP = range(1, 6)

BOTH = (
    "    if not atomics.compare_exchange(t.question, line + question_row.STATE, waiting, after):\n"
    "        return NONE\n",
    "    if atomics.load_acquire(t.question, line + question_row.STATE) != waiting:\n"
    "        return NONE\n"
    "    atomics.store_release(t.question, line + question_row.STATE, after)\n",
)


class Asking:
    """An asker, an oracle, and the replies that came back."""

    def __init__(self, core):
        self.core = core
        self.t = share(
            core.system.allocation.new_tables(
                workers=2,
                actors=64,
                rings=128,
                ring_slots=2,
                state_words=1,
                timers=256,
                questions=256,
            )
        )
        for slot in range(3):
            assert core.lifecycle.spawning.claim(self.t, 2, 0) == slot
            core.lifecycle.spawning.start(self.t, 2, slot)
        self.asked, self.came = [], []
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        layout = self.core.memory.layout
        kind = self.core.messages.envelope.kind_of(message[layout.message_slot.HEADER])
        if kind == ASK:
            self.asked.append(
                ctx.ask(
                    self.core.actors.refs.ref_of(1, ORACLE),
                    message[layout.message_slot.DATA],
                    0,
                    timeout_ns=0,
                    late=LATE,
                )
            )
            assert self.asked[-1] != -1
        elif kind in (REPLY, LATE):
            assert ctx.actor == ASKER or kind == REPLY
            if ctx.actor == ASKER:
                self.came.append(message[layout.message_slot.SENDER])
            else:
                ctx.reply(REPLY)
        elif kind == STOP:
            ctx.stop()

    def worker(self, me, script):
        core, t = self.core, self.t
        for slot, kind, data in script:
            to = core.actors.refs.ref_of(1, slot)
            core.delivery.send.deliver(
                t, me, core.messages.envelope.enclose(to, kind, -1, (data, 0, 0, 0, 0, 0))
            )
        idle = 0
        while idle < 2:
            core.worker.due_timers.fire(t, me)
            idle += 1
            while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
                idle = 0
                if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                    core.scheduler.work_stealing.share(t, me, actor)
                    core.memory.atomics.pause()

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self, stops):
        layout = self.core.memory.layout
        # A worker that finds a row of timers locked leaves it to the next look.
        size = layout.timer_row.HEAP_SIZE
        left = sum(
            int(self.t.timer_row[me * layout.timer_row.HEAP_WORDS + size]) for me in range(3)
        )
        if left == 0 and not stops:
            assert sorted(self.came) == sorted(self.asked), "not one reply or time-out each"
        assert len(set(self.came)) == len(self.came)
        done = self.total(layout.worker_row.PROCESSED) + self.total(layout.worker_row.DEAD_LETTERS)
        assert done == self.total(layout.worker_row.SENT), "a message was lost"


def asking_case(core, *scripts):
    """Each worker sends its script's messages, (slot, kind, data), then serves and fires."""
    stops = any(kind == STOP for script in scripts for _, kind, _ in script)

    def build():
        asking = Asking(core)
        bodies = [lambda k=k: asking.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, lambda: asking.check(stops)

    return build


CASES = {
    "a reply meets the time-out": ([(ASKER, ASK, REPLY)], []),
    "a question has no reply": ([(ASKER, ASK, SILENT)], []),
    "two questions wait": ([(ASKER, ASK, REPLY), (ASKER, ASK, REPLY)], []),
    "the asker ends": ([(ASKER, ASK, REPLY)], [(ASKER, STOP, 0)]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_question_gets_one_reply_or_time_out_where(name):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = asking_case(core, *CASES[name])
    found = explore(core, case, preemptions=2, delays=1, limit=1_000)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure


def test_without_its_exchange_a_question_gets_two():
    core = load_interpreted({"worker.actor_run": NO_WAIT, "delivery.ask_actors": BOTH})
    case = asking_case(core, *CASES["a reply meets the time-out"])
    found = explore(core, case, limit=20_000)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
