"""Commands, news, suspension and ends under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

RAISE, COUNT = 1, 2
GUARDIAN, PARENT, FIRST, SECOND = range(4)  # slots
LOOKS = 400

DEAF = (
    "        if word & SIGNAL:\n            return False\n        # acq_rel; release hands",
    "        # acq_rel; release hands",
)
TWICE = ("    if status & QUEUED == 0:\n", "    if status >= 0:\n")
HASTY_END = (
    "if stage == stages.STOPPING and not kinship.has_children(t, actor):",
    "if stage == stages.STOPPING:",
)
INHERITED = ("    commands.take_commands(t, slot)\n", "")
LATE_LOOK = (
    "    if not linked.clear_signal(t, actor):\n        return False\n"
    "    lifecycle.handle_child_news(t, worker, actor)\n"
    "    lifecycle.apply_commands(t, worker, actor)\n",
    "    lifecycle.handle_child_news(t, worker, actor)\n"
    "    lifecycle.apply_commands(t, worker, actor)\n"
    "    if not linked.clear_signal(t, actor):\n        return False\n",
)


class Family:
    """A guardian, a parent and two children, with the messages sent and actors spawned."""

    def __init__(self, core, group):
        self.core = core
        layout, stages = core.memory.layout, core.actors.stages
        self.t = share(
            core.system.allocation.new_tables(
                workers=2, actors=64, rings=128, ring_slots=2, state_words=1, supervised=True
            )
        )
        self.sent, self.spawned, self.inside = [], [], set()
        for row in (0, layout.behaviour_row.GUARDIAN):
            policy = row * layout.behaviour_row.POLICY_WORDS
            self.t.policy[policy + layout.behaviour_row.GROUP] = (
                group if row == 0 else stages.ONE_FOR_ONE
            )
            self.t.policy[policy + layout.behaviour_row.MAX_RESTARTS] = 100
            self.t.policy[policy + layout.behaviour_row.WITHIN_NS] = 1 << 60
            self.t.policy[policy + layout.behaviour_row.KEEPS_BIRTH] = 1
            for code in range(layout.behaviour_row.FAULT_CODES):
                self.t.policy[policy + layout.behaviour_row.DIRECTIVE + code] = stages.RESTART
        parents = {GUARDIAN: GUARDIAN, PARENT: GUARDIAN, FIRST: PARENT, SECOND: PARENT}
        for slot, parent in parents.items():
            behaviour = layout.behaviour_row.GUARDIAN if slot == GUARDIAN else 0
            assert core.lifecycle.spawning.claim(self.t, 2, behaviour) == slot
            core.lifecycle.spawning.join_family(self.t, slot, parent)
            if slot != GUARDIAN:
                core.actors.kinship.adopt(self.t, parent, slot)
            core.lifecycle.spawning.start(self.t, 2, slot)
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        assert ctx.actor not in self.inside, "the actor runs twice at once"
        self.inside.add(ctx.actor)
        self.core.memory.atomics.load_relaxed(self.t.shared, 0)  # a switch point
        self.inside.remove(ctx.actor)
        if (
            self.core.messages.envelope.kind_of(
                message[self.core.memory.layout.message_slot.HEADER]
            )
            == RAISE
        ):
            raise ValueError("asked to")

    def step(self, me, what, slot=GUARDIAN, kind=COUNT):
        core, t, ref = self.core, self.t, self.core.actors.refs.ref_of(1, slot)
        if what == "tell":
            self.sent.append(1)
            core.delivery.send.deliver(
                t, me, core.messages.envelope.enclose(ref, kind, -1, (0, 0, 0, 0, 0, 0))
            )
        elif what == "poison":
            self.sent.append(1)
            core.delivery.send.poison(t, me, ref)
        elif what == "stop":
            core.lifecycle.commands.command(t, me, ref, core.actors.stages.STOP_NOW)
        else:
            child = core.lifecycle.spawning.claim(t, me, 0)
            core.lifecycle.spawning.join_family(t, child, GUARDIAN)
            core.lifecycle.commands.tell_parent(t, me, child, core.actors.stages.ADOPT)
            core.lifecycle.spawning.start(t, me, child)
            self.spawned.append(child)

    def worker(self, me, script):
        core, t = self.core, self.t
        for line in script:
            self.step(me, *line)
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

    def check(self, stopped):
        layout, stages = self.core.memory.layout, self.core.actors.stages
        assert self.total(layout.worker_row.SIGNALS) == self.total(layout.worker_row.SIGNALLED), (
            "a signal was lost"
        )
        done = self.total(layout.worker_row.PROCESSED) + self.total(layout.worker_row.DEAD_LETTERS)
        assert done == len(self.sent), "a message was lost"
        if GUARDIAN in stopped:
            stopped = stopped | {PARENT, *self.spawned}
            assert self.t.actor[layout.actor_row.STAGE] == stages.ENDED
            assert self.t.family[layout.family_row.CHILD] == 0, "a child is left"
        if PARENT in stopped:
            stopped = stopped | {FIRST, SECOND}
        for slot in (PARENT, FIRST, SECOND, *self.spawned):
            line = slot * layout.lines.LINE
            stage = self.t.actor[line + layout.actor_row.STAGE]
            assert stage == stages.RUNNING, (slot, stages.NAMES[stage])
            dead = self.t.actor[line + layout.actor_row.MAIL] == self.core.mailbox.linked.DEAD
            assert dead == (slot in stopped), slot
            if dead:
                control = self.t.family[slot * layout.family_row.WORDS + layout.family_row.CONTROL]
                assert control & ((1 << stages.COMMAND_BITS) - 1) == 0, "commands are left"


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
    "a child's end meets another's fault": ([("poison", FIRST)], [("tell", SECOND, RAISE)]),
    "two stops meet": ([("stop", FIRST), ("stop", PARENT)], [("stop", SECOND)]),
    "the guardian's stop meets a fault": (
        [("spawn",), ("stop", GUARDIAN)],
        [("tell", FIRST, RAISE)],
    ),
}


@pytest.mark.parametrize("group", [0, 1, 2])
@pytest.mark.parametrize("name", CASES)
def test_families_lose_no_signal_and_end_whole_where(name, group):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    case = family_case(core, group, *CASES[name])
    found = explore(core, case, preemptions=2, delays=1, limit=400)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 150)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "name", "group"),
    [
        ("mailbox.linked", DEAF, "two children fail at once", 1),
        ("lifecycle.commands", TWICE, "the parent's stop meets a child's fault", 1),
        ("lifecycle.lifecycle", HASTY_END, "two stops meet", 0),
        ("worker.loop", LATE_LOOK, "two children fail at once", 1),
        ("lifecycle.lifecycle", INHERITED, "a child's end meets another's fault", 1),
    ],
)
def test_without_its_order_a_family_breaks(module, mutation, name, group):
    core = load_interpreted({"worker.actor_run": NO_WAIT, module: mutation})
    found = explore(
        core, family_case(core, group, *CASES[name]), preemptions=2, delays=1, limit=20_000
    )
    assert found.failure is not None
    assert not found.failure.startswith("TypeError")
