"""System messages and the stash under every schedule within bounds: nothing is stranded."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

TAKE, STOP, STASH, UNSTASH = 1, 2, 3, 4
LOOKS = 400
TO = 1  # slot of the receiver of all messages; slot 0 is a guardian, or idle

BLIND_PUSH = ("        if not is_of(word, life):\n            return NONE\n", "")
TORN_TAKE = (
    "    return atomics.exchange(heads, head, empty)\n",
    "    word = atomics.load_acquire(heads, head)\n"
    "    atomics.store_release(heads, head, empty)\n"
    "    return word\n",
)
SILENT = ("    elif below == 0:\n", "    elif below == 0 and worker < 0:\n")
UNCLOSED = (
    "    return _take(t, actor, lives_before(t.actor[actor * LINE + actor_row.REF]))\n",
    "    return _take(t, actor, lives_before(t.actor[actor * LINE + actor_row.REF]) - 1)\n",
)


class Aside:
    """An actor that is sent messages of both classes, and their fates."""

    def __init__(self, core, supervised):
        self.core = core
        layout = core.memory.layout
        self.t = share(
            core.system.allocation.new_tables(
                workers=2,
                actors=64,
                rings=128,
                ring_slots=2,
                state_words=1,
                supervised=supervised,
                stash_room=256,
                system_room=256,
            )
        )
        self.sent, self.inside, self.handled = 0, False, []
        for slot in (0, TO):
            assert (
                core.lifecycle.spawning.claim(
                    self.t, 2, layout.behaviour_row.GUARDIAN if slot == 0 else 0
                )
                == slot
            )
            if supervised:
                core.lifecycle.spawning.join_family(self.t, slot, 0)
                if slot != 0:
                    core.actors.kinship.adopt(self.t, 0, slot)
            core.lifecycle.spawning.start(self.t, 2, slot)
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        layout, kind = (
            self.core.memory.layout,
            self.core.messages.envelope.kind_of(
                message[self.core.memory.layout.message_slot.HEADER]
            ),
        )
        assert not self.inside, "the actor runs twice at once"
        self.inside = True
        self.core.memory.atomics.load_relaxed(self.t.shared, 0)  # a switch point
        self.inside = False
        self.handled.append(
            (message[layout.message_slot.SENDER], message[layout.message_slot.DATA])
        )
        if kind == STOP:
            ctx.stop()
        elif kind == STASH and self.handled.count(self.handled[-1]) == 1:
            assert ctx.stash()
        elif kind == UNSTASH:
            ctx.unstash()

    def worker(self, me, script):
        core, t = self.core, self.t
        for k, (how, kind) in enumerate(script):
            self.sent += 1
            send = (
                core.delivery.send.deliver
                if how == "tell"
                else core.delivery.system_messages.send_system
            )
            data = (k, 0, 0, 0, 0, 0)
            to = core.actors.refs.ref_of(1, TO)
            send(t, me, core.messages.envelope.enclose(to, kind, -10 - me, data))
        looks = 0
        while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
            looks += 1
            assert looks < LOOKS, "an actor runs for ever"
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self, kinds):
        layout = self.core.memory.layout
        assert self.total(layout.worker_row.SIGNALS) == self.total(layout.worker_row.SIGNALLED), (
            "a signal was lost"
        )
        done = self.total(layout.worker_row.PROCESSED) + self.total(layout.worker_row.DEAD_LETTERS)
        assert done == self.sent + self.total(layout.worker_row.UNSTASHED), "a message was lost"
        aside = self.t.aside.data[TO * layout.lines.LINE : (TO + 1) * layout.lines.LINE]
        kept = self.total(layout.worker_row.STASHED) - self.total(layout.worker_row.UNSTASHED)
        assert kept == aside[layout.aside_row.STASH_COUNT]
        assert (
            aside[layout.aside_row.BACK_FIRST]
            == aside[layout.aside_row.IN_HAND]
            == aside[layout.aside_row.SYSTEM_FIRST]
            == 0
        )
        if STOP in kinds:
            assert kept == 0, "a stopped actor has messages put aside"
        elif STASH not in kinds:
            for me in (0, 1):
                mine = [k for sender, k in self.handled if sender == -10 - me]
                assert mine == sorted(mine), "messages of one class changed their order"


def aside_case(core, supervised, *scripts):
    """Each worker follows a script of (how, kind), then serves."""
    kinds = {kind for script in scripts for _, kind in script}

    def build():
        aside = Aside(core, supervised)
        bodies = [lambda k=k: aside.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, lambda: aside.check(kinds)

    return build


SYSTEM, TELL = "system", "tell"
CASES = {
    "two senders meet": ([(SYSTEM, TAKE), (SYSTEM, TAKE)], [(SYSTEM, TAKE)]),
    "a system message meets a message": ([(SYSTEM, TAKE)], [(TELL, TAKE)]),
    "a system message meets the end": ([(SYSTEM, TAKE), (SYSTEM, TAKE)], [(TELL, STOP)]),
    "a system message ends the life": ([(SYSTEM, STOP)], [(SYSTEM, TAKE), (TELL, TAKE)]),
    "the stash meets the end": ([(TELL, STASH), (TELL, STASH)], [(SYSTEM, STOP)]),
    "the stash comes back": ([(TELL, STASH), (TELL, UNSTASH)], [(SYSTEM, STASH), (TELL, TAKE)]),
}


@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_no_message_is_stranded_where(name, supervised):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = aside_case(core, supervised, *CASES[name])
    found = explore(core, case, preemptions=2, delays=1, limit=500)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 150)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "name"),
    [
        ("queues.treiber", BLIND_PUSH, "a system message meets the end"),
        ("delivery.system_messages", UNCLOSED, "a system message meets the end"),
        ("queues.treiber", TORN_TAKE, "two senders meet"),
        ("delivery.system_messages", SILENT, "two senders meet"),
    ],
)
def test_without_its_order_a_system_message_is_stranded(module, mutation, name):
    core = load_interpreted({"worker.actor_run": NO_WAIT, module: mutation})
    found = explore(core, aside_case(core, False, *CASES[name]), limit=20_000)
    assert found.failure is not None
    assert "Type" not in found.failure.split("\n")[0]
