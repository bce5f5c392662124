"""Actors placed in shared queues while workers go to sleep, under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_scheduling import serve
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

SILENT = (
    "    if t.workers > 1 or worker == t.workers:\n        parking.notify(t.shared)\n",
    "",
)
UNCHAINED = (
    "        is_waiting(t) or not injection.is_empty(t.shared)\n",
    "        False\n",
)
SAME_ROW = (
    "        is_waiting(t) or not injection.is_empty(t.shared)\n",
    "        length(t, 1) > 0\n",
)
BLIND = (
    "    if len(t.scheduler_policy) > 0 and shared_queues.is_waiting(t):\n        return True\n",
    "",
)
SELFISH = ("predictive.take_over(t, look >= spins)", "predictive.take_over(t, False)")
UNBOOSTED = ("if tick % BOOST_INTERVAL != 0:", "if tick >= 0:")
ACTORS = 4


def tables(core, strategy, level=None):
    """Two workers; actors 1 and 2 have a level, are at home on NUMA node 1, or are heavy."""
    strategies = core.scheduler.policies.policy
    placement = core.scheduler.placement.Placement(
        strategies.NAMES.index(strategy),
        shared_queues=4,
        per_behaviour=True,
        per_actor=True,
        per_worker=True,
        dedicated=1,
        heavy_ticks=10,
    )
    t = core.system.allocation.new_tables(
        workers=2, actors=ACTORS, rings=4, ring_slots=2, state_words=1, placement=placement
    )
    t.behaviour_level[0] = core.scheduler.policies.priority.NORMAL if level is None else level
    t.numa_node[:] = 0, 1
    for actor in (1, 2):
        if strategy == "numa":
            t.placement[actor] = (2 << 1) | core.scheduler.policies.numa.MOVED
        elif strategy == "predictive":
            t.placement[actor] = 11
    if strategy == "load-balanced":
        t.worker_load[core.scheduler.policies.load_balanced.LOAD] = (
            9 << core.scheduler.policies.load_balanced.LOAD_SHIFT
        )  # worker 0 has enough to do
    return share(t)


def placing_case(core, strategy, *, injected, depends=False, level=None):
    """Two workers, and two actors that Python or the first worker puts in a shared queue."""
    core.memory.layout.shared_words.SPINS, core.scheduler.work_stealing.YIELDS = 1, 1

    def build():
        t = tables(core, strategy, level)
        ran = []

        def idle(me):
            return lambda: serve(core, t, me, ran, depends)

        def inject():
            for actor in (1, 2):
                core.scheduler.work_stealing.schedule(t, t.workers, actor)

        def busy():
            for actor in (1, 2):
                core.scheduler.work_stealing.share(t, 0, actor)
            serve(core, t, 0, ran, depends)

        def check():
            assert sorted(ran) == [1, 2], ran

        return ([idle(0), idle(1), inject] if injected else [busy, idle(1)]), check

    return build


CASES = {
    "high": ("priority", 1),
    "low": ("priority", 3),
    "numa": ("numa", None),
    "load-balanced": ("load-balanced", None),
    "predictive": ("predictive", None),
}


@pytest.mark.parametrize("injected", [False, True], ids=["a worker", "Python"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_placed_in_an_inbox_runs_once_though_all_sleep(name, injected):
    core = load_interpreted()
    strategy, level = CASES[name]
    case = placing_case(core, strategy, injected=injected, level=level)
    found = explore(core, case, preemptions=1 if injected else 2, limit=1_500)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure


@pytest.mark.parametrize("name", CASES)
def test_of_two_actors_placed_each_wakes_a_worker(name):
    core = load_interpreted()
    strategy, level = CASES[name]
    case = placing_case(core, strategy, injected=True, depends=True, level=level)
    found = explore(core, case, preemptions=1, limit=1_500)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "name", "injected", "depends"),
    [
        ("scheduler.shared_queues", SILENT, "high", True, False),
        ("scheduler.shared_queues", SILENT, "load-balanced", True, False),
        ("scheduler.work_stealing", BLIND, "numa", True, False),
        ("scheduler.work_stealing", BLIND, "low", True, False),
        ("scheduler.shared_queues", UNCHAINED, "high", True, True),
        ("scheduler.shared_queues", SAME_ROW, "load-balanced", True, True),
        ("scheduler.policies.policy", SELFISH, "predictive", True, True),
    ],
)
def test_without_its_order_a_placed_actor_is_stranded(module, mutation, name, injected, depends):
    mutant = load_interpreted({module: mutation})
    strategy, level = CASES[name]
    case = placing_case(mutant, strategy, injected=injected, depends=depends, level=level)
    found = explore(mutant, case, preemptions=2, limit=20_000)
    assert found.failure is not None
    assert "lost wake-up" in found.failure or "live-lock" in found.failure


def looks_until(core, strategy, flood, waits, worker=0):
    """Looks of a worker until ``waits`` comes, where ``flood`` is ready again at once."""
    t = core.system.allocation.new_tables(
        workers=2, actors=64, rings=4, ring_slots=2, state_words=1,
        placement=core.scheduler.placement.Placement(
            core.scheduler.policies.policy.NAMES.index(strategy), 4, True),
    )  # fmt: skip
    t.behaviour_level[:2] = flood, waits
    for actor, behaviour in ((1, 0), (2, 0), (3, 1)):
        t.actor[actor * core.memory.layout.lines.LINE + core.memory.layout.actor_row.BEHAVIOUR] = (
            behaviour
        )
        core.scheduler.work_stealing.share(t, worker, actor)
    for look in range(1, 5000):
        actor = core.scheduler.work_stealing.next_actor(t, worker)
        if actor < 0:
            actor = core.scheduler.work_stealing.find_work(t, worker)
        if actor == 3:
            return look
        core.scheduler.work_stealing.share(t, worker, actor)
    return None


@pytest.mark.parametrize("flood", range(4))
@pytest.mark.parametrize("waits", range(4))
def test_the_booster_gives_every_level_its_turn(flood, waits):
    core = load_interpreted()
    assert looks_until(core, "priority", flood, waits) is not None


@pytest.mark.parametrize(("flood", "waits"), [(0, 3), (0, 1), (1, 2), (2, 3)])
def test_without_the_booster_a_level_starves(flood, waits):
    mutant = load_interpreted({"scheduler.policies.priority": UNBOOSTED})
    assert looks_until(mutant, "priority", flood, waits) is None
