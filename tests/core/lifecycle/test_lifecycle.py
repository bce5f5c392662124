"""Hooks, stops, restarts and supervision, in every form of dispatch."""

import time

import pytest
from zbench.core import ActorSystem, ActorSystemError, Props, Supervisor
from zbench.core.actors.stages import HOOK_NAMES

from tests.core.behaviours import family as f

pytestmark = pytest.mark.compiles

PARENT = 0  # indices of the behaviours
CHILD = 1
ESCALATES = Supervisor("escalate")


class Family:
    """A parent with some children, and a diary of their hooks."""

    def __init__(self, supervisor, children, guardian=None, **options):
        self.system = ActorSystem(
            [f.props(supervisor), Props(f.receive, *f.props(supervisor).life_hooks()), f.diary],
            guardian=guardian or Supervisor("restart"),
            state_words=64,
            workers=2,
            **options,
        )
        self.diary = self.system.spawn(f.diary)
        self.parent = self.system.spawn(
            self.system.program.behaviours[0], 0, 0, 0, self.diary.value
        )
        self.children = []
        for _ in range(children):
            self.parent.tell(f.SPAWN, CHILD)
            self.system.await_rest()
            self.children.append(int(self.system.state(self.parent)[f.LAST_CHILD]))

    def __enter__(self):
        self.clear()
        return self

    def __exit__(self, *_):
        self.system.stop()

    def clear(self):
        self.system.await_rest()
        self.system.state(self.diary)[:] = 0

    def tell(self, ref, *message):
        self.system.tell(ref, *message)
        self.system.await_rest()

    def counted(self, ref):
        return int(self.system.state(ref)[f.COUNTED])

    def hooks(self, ref):
        """Names of the hooks that ran for an actor, in their order."""
        words = self.system.state(self.diary)
        lines = [int(w) for w in words[1 : 1 + int(words[0])]]
        slot = int(getattr(ref, "value", ref)) & 0xFFFFFFFF
        return [HOOK_NAMES[(w >> 32) - f.HOOK] for w in lines if w & 0xFFFFFFFF == slot]


def test_an_actor_starts_with_its_pre_start_hook_and_ends_with_its_post_stop_hook():
    with Family(Supervisor(), 1) as family:
        child = family.children[0]
        family.tell(child, f.COUNT)
        assert family.system.state(child)[f.STARTED] == 1
        family.tell(child, f.STOP)
        assert family.hooks(child) == ["post_stop"]
        family.tell(child, f.COUNT)
        assert family.system.counters()["dead_letters"] == 1


@pytest.mark.parametrize("fault", [(f.RAISE,), (f.FAIL, 1)])
def test_a_restart_brings_back_the_first_state_and_keeps_the_reference_and_the_mail(fault):
    with Family(Supervisor("restart"), 1) as family:
        child = family.children[0]
        for _ in range(3):
            family.system.tell(child, f.COUNT)
        family.system.tell(child, *fault)
        family.tell(child, f.COUNT)
        assert family.counted(child) == 1
        assert family.hooks(child) == ["pre_restart", "post_restart"]
        assert family.system.counters()["restarts"] == 1
        assert family.system.counters()["dead_letters"] == 0
        assert len(family.system.faults()) == 1


def test_resume_keeps_the_state():
    with Family(Supervisor("resume"), 1) as family:
        child = family.children[0]
        family.tell(child, f.RAISE)
        family.tell(child, f.COUNT)
        assert family.counted(child) == 2
        assert family.hooks(child) == []


def test_stop_ends_the_child_alone():
    with Family(Supervisor("stop"), 2) as family:
        first, second = family.children
        family.tell(first, f.RAISE)
        family.tell(first, f.COUNT)
        family.tell(second, f.COUNT)
        assert family.hooks(first) == ["post_stop"]
        assert family.counted(second) == 1
        assert family.system.counters()["dead_letters"] == 1


@pytest.mark.parametrize("directive", ["restart", "stop"])
@pytest.mark.parametrize(
    ("group", "concerned"),
    [("one-for-one", [1]), ("one-for-all", [0, 1, 2]), ("rest-for-one", [1, 2])],
)
def test_a_fault_concerns_the_children_that_the_group_says(group, concerned, directive):
    wanted = ["pre_restart", "post_restart"] if directive == "restart" else ["post_stop"]
    with Family(Supervisor(directive, group), 3) as family:
        family.tell(family.children[1], f.RAISE)
        for k, child in enumerate(family.children):
            assert family.hooks(child) == (wanted if k in concerned else [])


def test_codes_have_directives_of_their_own():
    with Family(Supervisor("restart", codes={3: "resume", 4: "stop"}), 1) as family:
        child = family.children[0]
        family.tell(child, f.FAIL, 3)
        assert family.hooks(child) == []
        family.tell(child, f.FAIL, 1)
        family.tell(child, f.FAIL, 4)
        assert family.hooks(child) == ["pre_restart", "post_restart", "post_stop"]


def test_an_escalated_fault_is_the_parents_own_and_a_restart_of_it_stops_the_children():
    with Family(ESCALATES, 2) as family:
        family.tell(family.children[0], f.RAISE)
        assert family.hooks(family.parent) == ["pre_restart", "post_restart"]
        assert [family.hooks(c) for c in family.children] == [["post_stop"]] * 2
        family.tell(family.parent, f.COUNT)
        assert family.counted(family.parent) == 1


def test_a_parent_that_resumes_resumes_the_child_that_escalated():
    with Family(ESCALATES, 1, guardian=Supervisor("resume")) as family:
        child = family.children[0]
        family.tell(child, f.RAISE)
        family.tell(child, f.COUNT)
        assert family.counted(child) == 2


@pytest.mark.parametrize("group", ["one-for-one", "one-for-all"])
def test_restarts_beyond_the_window_escalate(group):
    with Family(Supervisor("restart", group, max_restarts=2), 1) as family:
        child = family.children[0]
        for _ in range(2):
            family.tell(child, f.RAISE)
        assert family.hooks(family.parent) == []
        family.tell(child, f.RAISE)
        assert family.hooks(family.parent) == ["pre_restart", "post_restart"]
        assert family.hooks(child)[-1] == "post_stop"


def test_a_window_that_has_passed_counts_anew():
    with Family(Supervisor("restart", max_restarts=1, within=0.02), 1) as family:
        for _ in range(3):
            family.tell(family.children[0], f.RAISE)
            time.sleep(0.05)
        assert family.hooks(family.children[0]) == ["pre_restart", "post_restart"] * 3


def test_a_restart_storm_ends_with_the_actor():
    with Family(Supervisor(), 0, guardian=Supervisor("restart", max_restarts=5)) as family:
        for _ in range(100):
            family.parent.tell(f.RAISE)
        family.system.await_rest()
        counted = family.system.counters()
        assert counted["restarts"] == 5
        assert counted["dead_letters"] == 100 - 6
        assert family.hooks(family.parent)[-1] == "post_stop"


def test_a_parent_ends_after_its_children():
    with Family(Supervisor(), 3) as family:
        for child in family.children:
            family.tell(child, f.SPAWN, CHILD)
        family.clear()
        family.system.kill(family.parent)
        family.system.await_rest()
        assert family.hooks(family.parent) == ["post_stop"]
        assert int(family.system.state(family.diary)[0]) == 7
        last = int(family.system.state(family.diary)[7]) & 0xFFFFFFFF
        assert last == family.parent.value & 0xFFFFFFFF


def test_poison_lets_an_actor_handle_what_came_before():
    with Family(Supervisor(), 0) as family:
        for _ in range(500):
            family.parent.tell(f.COUNT)
        family.system.poison(family.parent)
        family.parent.tell(f.COUNT)
        family.system.await_rest()
        assert family.system.counters()["dead_letters"] == 1
        assert family.counted(family.parent) == 500


def test_a_parent_stops_a_child_and_stale_commands_reach_nobody():
    with Family(Supervisor(), 2) as family:
        family.tell(family.parent, f.STOP_CHILD)
        assert family.hooks(family.children[1]) == ["post_stop"]
        assert family.system.kill(family.children[1]) == 0
        assert family.system.kill(family.children[0]) == 1


def test_termination_runs_every_post_stop_hook():
    with Family(Supervisor(), 3) as family:
        family.system.terminate()
        counted = family.system.counters()
        # The diary, the parent, its children and the guardian.
        assert counted["stopped"] == 6


def test_stopping_at_once_needs_a_supervised_system():
    with ActorSystem([f.diary], workers=1) as system:
        ref = system.spawn(f.diary)
        with pytest.raises(ActorSystemError, match="supervised=True"):
            system.kill(ref)
        system.poison(ref)
        system.await_rest()
        assert system.counters()["stopped"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directive": "retry"}, "directive must be one of stop, restart, resume, escalate"),
        ({"group": "two"}, "group must be one of"),
        ({"max_restarts": -1}, "max_restarts must be"),
        ({"jitter": 2.0}, "jitter must be 0 to 1"),
        ({"backoff": (2.0, 1.0)}, "the longest backoff must be"),
        ({"codes": {8: "stop"}}, "a fault code must be 0 to 7"),
    ],
)
def test_a_policy_without_meaning_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Supervisor(**options)


def test_a_slot_used_before_starts_with_its_hook_and_without_old_mail():
    with Family(Supervisor(), 0) as family:
        for _ in range(200):
            ref = family.system.spawn(family.system.program.behaviours[CHILD])
            family.tell(ref, f.COUNT)
            assert family.counted(ref) == 1
            assert family.system.state(ref)[f.STARTED] == 1
            family.system.poison(ref)
            family.system.await_rest()
        assert family.system.counters()["dead_letters"] == 0
