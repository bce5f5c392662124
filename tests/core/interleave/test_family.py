"""Commands, news, suspension and ends under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

RAISE, COUNT = 1, 2
GUARDIAN, PARENT, FIRST, SECOND = range(4)  # slots
LOOKS = 400

DEAF = (
    "        if word & SIGNAL:\n            return False\n        # acq_rel; release hands",
    "        # acq_rel; release hands",
)
TWICE = ("    if status & QUEUED == 0:\n", "    if status >= 0:\n")
HASTY_END = (
    "if stage == stages.STOPPING and not family.has_children(t, actor):",
    "if stage == stages.STOPPING:",
)
LATE_LOOK = (
    "    if not mailbox.attend(t, actor):\n        return False\n    lifecycle.hear(t, worker, actor)\n    lifecycle.obey(t, worker, actor)\n",
    "    lifecycle.hear(t, worker, actor)\n    lifecycle.obey(t, worker, actor)\n    if not mailbox.attend(t, actor):\n        return False\n",
)


class Family:
    """A guardian, a parent and two children, with what was sent and spawned."""

    def __init__(self, core, group):
        self.core = core
        layout, stages = core.layout, core.stages
        self.t = share(
            core.allocation.new_tables(
                workers=2, actors=64, rings=128, ring_slots=2, state_words=1, supervised=True
            )
        )
        self.sent, self.spawned, self.inside = [], [], set()
        for row in (0, layout.GUARDIAN):
            policy = row * layout.POLICY_WORDS
            self.t.policy[policy + layout.GROUP] = group if row == 0 else stages.ONE_FOR_ONE
            self.t.policy[policy + layout.MAX_RESTARTS] = 100
            self.t.policy[policy + layout.WITHIN_NS] = 1 << 60
            self.t.policy[policy + layout.KEEPS_BIRTH] = 1
            for code in range(layout.FAULT_CODES):
                self.t.policy[policy + layout.DIRECTIVE + code] = stages.RESTART
        parents = {GUARDIAN: GUARDIAN, PARENT: GUARDIAN, FIRST: PARENT, SECOND: PARENT}
        for slot, parent in parents.items():
            behaviour = layout.GUARDIAN if slot == GUARDIAN else 0
            assert core.spawning.claim(self.t, 2, behaviour) == slot
            core.spawning.join_family(self.t, slot, parent)
            if slot != GUARDIAN:
                core.family.adopt(self.t, parent, slot)
            core.spawning.start(self.t, 2, slot)
        core.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        assert ctx.actor not in self.inside, "the actor runs twice at once"
        self.inside.add(ctx.actor)
        self.core.atomics.load_relaxed(self.t.shared, 0)  # a point to be interrupted at
        self.inside.remove(ctx.actor)
        if self.core.mailbox.kind_of(message[self.core.layout.HEADER]) == RAISE:
            raise ValueError("asked to")

    def step(self, me, what, slot=GUARDIAN, kind=COUNT):
        core, t = self.core, self.t
        if what == "tell":
            self.sent.append(1)
            core.sending.deliver(t, me, slot, kind, -1, (0, 0, 0, 0, 0, 0))
        elif what == "poison":
            self.sent.append(1)
            core.sending.poison(t, me, slot)
        elif what == "stop":
            core.family.command(t, me, slot, core.stages.STOP_NOW)
        else:
            child = core.spawning.claim(t, me, 0)
            core.spawning.join_family(t, child, GUARDIAN)
            core.family.tell_parent(t, me, child, core.stages.ADOPT)
            core.spawning.start(t, me, child)
            self.spawned.append(child)

    def worker(self, me, script):
        core, t = self.core, self.t
        for line in script:
            self.step(me, *line)
        looks = 0
        while (actor := core.scheduler.next_actor(t, me)) >= 0:
            looks += 1
            assert looks < LOOKS, "an actor runs for ever"
            if core.loop.run_actor(t, me, actor) == core.loop.AGAIN:
                core.scheduler.share(t, me, actor)
                core.atomics.pause()

    def total(self, counter):
        words = self.core.layout.WORKER_WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self, stopped):
        layout, stages = self.core.layout, self.core.stages
        assert self.total(layout.SIGNALS) == self.total(layout.SIGNALLED), "a signal was lost"
        done = self.total(layout.PROCESSED) + self.total(layout.DEAD_LETTERS)
        assert done == len(self.sent), "a message was lost"
        if GUARDIAN in stopped:
            stopped = stopped | {PARENT, *self.spawned}
            assert self.t.actor[layout.STAGE] == stages.ENDED
            assert self.t.family[layout.CHILD] == 0, "a child is left"
        if PARENT in stopped:
            stopped = stopped | {FIRST, SECOND}
        for slot in (PARENT, FIRST, SECOND, *self.spawned):
            line = slot * layout.LINE
            stage = self.t.actor[line + layout.STAGE]
            assert stage == stages.RUNNING, (slot, stages.NAMES[stage])
            dead = self.t.actor[line + layout.MAIL] == self.core.mailbox.DEAD
            assert dead == (slot in stopped), slot


def family_case(core, group, *scripts):
    """Each worker follows a script, then serves.

    A script is a list of ("tell", slot, kind), ("poison", slot), ("stop", slot), ("spawn",).
    """
    stopped = {line[1] for script in scripts for line in script if line[0] in ("stop", "poison")}

    def build():
        family = Family(core, group)
        bodies = [lambda k=k: family.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, lambda: family.check(stopped)

    return build


CASES = {
    "a stop meets a message": ([("stop", FIRST)], [("tell", FIRST)]),
    "a stop meets a fault": ([("stop", FIRST)], [("tell", FIRST, RAISE)]),
    "the parent's stop meets a child's fault": ([("stop", PARENT)], [("tell", FIRST, RAISE)]),
    "two children fail at once": ([("tell", FIRST, RAISE)], [("tell", SECOND, RAISE)]),
    "poison meets a fault": ([("tell", FIRST), ("poison", FIRST)], [("tell", FIRST, RAISE)]),
    "two stops meet": ([("stop", FIRST), ("stop", PARENT)], [("stop", SECOND)]),
    "the guardian's stop meets a fault": (
        [("spawn",), ("stop", GUARDIAN)],
        [("tell", FIRST, RAISE)],
    ),
}


@pytest.mark.parametrize("group", [0, 1, 2])
@pytest.mark.parametrize("name", CASES)
def test_families_lose_no_signal_and_end_whole_where(name, group):
    core = load_interpreted({"turns": NO_WAIT})
    case = family_case(core, group, *CASES[name])
    found = explore(core, case, preemptions=2, delays=1, limit=400)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 150)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "name", "group"),
    [
        ("mailbox", DEAF, "two children fail at once", 1),
        ("family", TWICE, "the parent's stop meets a child's fault", 1),
        ("lifecycle", HASTY_END, "two stops meet", 0),
        ("loop", LATE_LOOK, "two children fail at once", 1),
    ],
)
def test_without_its_order_a_family_breaks(module, mutation, name, group):
    core = load_interpreted({"turns": NO_WAIT, module: mutation})
    found = explore(
        core, family_case(core, group, *CASES[name]), preemptions=2, delays=1, limit=20_000
    )
    assert found.failure is not None
    assert not found.failure.startswith("TypeError")
