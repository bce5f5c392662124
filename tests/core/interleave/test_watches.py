"""Watching, unwatching and ending under every schedule within bounds."""

import secrets

import pytest
from zbench.core.actors.refs import ONE_LIFE, SLOT_MASK

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

WATCHER, TARGET = (ONE_LIFE + slot for slot in (1, 2))
STOP, TOLD = 1, 2

BLIND_PUSH = ("        if not is_of(word, life):\n            return NONE\n", "")
UNCLOSED = ("treiber.empty_head(following))", "treiber.empty_head(following - 1))")
FORGETFUL = ("        _send_all(t, worker, first, _why(t, target))\n", "        return\n")
SENDS_ALL = ("    if armed:\n", "    if armed or worker >= 0:\n")


class Watching:
    """A watcher and a target, the watches set and removed, and the watchers told."""

    def __init__(self, core):
        self.core = core
        self.t = share(
            core.system.allocation.new_tables(
                workers=2, actors=64, rings=128, ring_slots=2, state_words=1, watches=256
            )
        )
        for slot in range(3):
            assert core.lifecycle.spawning.claim(self.t, 2, 0) == slot
            core.lifecycle.spawning.start(self.t, 2, slot)
        self.told, self.sent, self.watched, self.taken_back = 0, 0, 0, 0
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        layout = self.core.memory.layout
        if self.core.messages.envelope.kind_of(message[layout.message_slot.HEADER]) == STOP:
            ctx.stop()
        else:
            assert message[layout.message_slot.DATA] == TARGET
            self.told += 1

    def worker(self, me, script):
        core, t = self.core, self.t
        handles = []
        for what in script:
            if what == "watch":
                self.watched += 1
                handles.append(core.lifecycle.death_watch.watch(t, me, WATCHER, TARGET, TOLD))
                assert handles[-1] >= 0
            elif what == "unwatch":
                if core.lifecycle.death_watch.unwatch(t, me, handles.pop()):
                    self.taken_back += 1
            else:
                self.sent += 1
                to = TARGET if what == "stop" else WATCHER
                core.delivery.send.deliver(
                    t, me, core.messages.envelope.enclose(to, STOP, -1, (0, 0, 0, 0, 0, 0))
                )
        while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self):
        layout = self.core.memory.layout
        done = self.total(layout.worker_row.PROCESSED) + self.total(layout.worker_row.DEAD_LETTERS)
        assert done == self.total(layout.worker_row.SENT), "a message was lost"
        tellings = self.total(layout.worker_row.SENT) - self.sent
        assert tellings == self.watched - self.taken_back, "not told, or told in vain"
        assert tellings == self.told + self.total(layout.worker_row.DEAD_LETTERS)
        word = self.t.watched.data[
            (TARGET & SLOT_MASK) * layout.lines.LINE + layout.watch_row.WATCHERS
        ]
        assert word == 1 << 32, "a watch is left"


def watching_case(core, *scripts):
    """Each worker follows a script, then serves."""

    def build():
        watching = Watching(core)
        bodies = [lambda k=k: watching.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, watching.check

    return build


CASES = {
    "a watch meets the end": (["watch", "watch"], ["stop"]),
    "taking back meets the end": (["watch", "unwatch"], ["stop"]),
    "taking back meets the end of another's watch": (["watch", "unwatch"], ["watch", "stop"]),
    "two take back": (["watch", "unwatch", "stop"], ["watch", "unwatch"]),
    "both end": (["watch", "stop"], ["watch", "end the watcher"]),
}


@pytest.mark.parametrize("name", CASES)
def test_every_watch_is_told_of_or_taken_back_where(name):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = watching_case(core, *CASES[name])
    found = explore(core, case, preemptions=2, delays=1, limit=1_000)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "name"),
    [
        ("queues.treiber", BLIND_PUSH, "a watch meets the end"),
        ("lifecycle.death_watch", UNCLOSED, "a watch meets the end"),
        ("lifecycle.death_watch", FORGETFUL, "taking back meets the end of another's watch"),
        ("lifecycle.death_watch", SENDS_ALL, "taking back meets the end"),
    ],
)
def test_without_its_order_a_watch_is_lost(module, mutation, name):
    core = load_interpreted({"worker.actor_run": NO_WAIT, module: mutation})
    found = explore(core, watching_case(core, *CASES[name]), limit=20_000)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
