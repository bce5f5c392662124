"""Every scheduler policy: no message is lost, no actor starves, its effect is reported."""

import re

import numpy as np
import pytest
from zbench.core import ActorSystem, ActorSystemError, Props, Scheduler, Topology
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout import fault_row
from zbench.core.messages.levels import LEVELS
from zbench.core.scheduler.config import fit
from zbench.core.scheduler.policies.policy import NAMES

from tests.core.behaviours import common as b
from tests.core.behaviours import scheduler as s
from tests.core.stress.rounds import check_traffic, seed_actors
from tests.core.waiting import until

pytestmark = pytest.mark.compiles

ROUNDS, ACTORS, HOPS = (2, 20, 30) if INTERPRETED else (4, 200, 1000)
TWO_NODES = Scheduler("numa", topology=Topology.simulate(nodes=2, cpus=2))
ALL_HEAVY = Scheduler("predictive", threshold_us=0)
SCHEDULERS = ("work-stealing", "priority", TWO_NODES, "load-balanced", ALL_HEAVY, "predictive")


def name_of(value):
    return value.name if isinstance(value, Scheduler) else str(value)


def system_with(scheduler, workers, **options):
    return ActorSystem(s.BEHAVIOURS, workers=workers, actors=4096, scheduler=scheduler, **options)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=name_of)
def test_no_message_is_lost_and_no_actor_runs_twice_at_once_under(scheduler, workers):
    with system_with(scheduler, workers) as system:
        refs = np.concatenate([system.spawn_many(p, ACTORS // 2) for p in (s.HIGH, s.LOW)])
        for k in range(ROUNDS):
            seed_actors(system, refs, ACTORS)
            system.tell_many(refs, b.STRESS, HOPS)
            system.await_rest(60)
            check_traffic(system, refs, HOPS, k + 1)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=name_of)
@pytest.mark.parametrize("pairs", [False, True], ids=["itself", "each other"])
def test_actors_that_flood_starve_nobody_under(scheduler, workers, pairs):
    asks = 2 if INTERPRETED else 50
    with system_with(scheduler, workers) as system:
        flooders = system.spawn_many(s.FLOODER, 2 * workers)
        victims = system.spawn_many(s.VICTIM, 3)
        if pairs:
            for one, other in zip(flooders[::2], flooders[1::2], strict=True):
                system.state(one)[1], system.state(other)[1] = other, one
        for _ in range(200):  # more than a batch each, so that no flooder ever idles
            system.tell_many(flooders, s.FLOOD)
        for round_ in range(asks):
            system.tell_many(victims, b.COUNT)
            system.wait(3 * (round_ + 1), timeout=60)
        assert all(system.state(v)[0] == asks for v in victims)
        # As plain Python, a worker may be without its turn for the time of two asks.
        until(lambda: all(system.state(f)[2] > 0 for f in flooders), 60)
        for ref in flooders:
            system.state(ref)[0] = 1
        system.await_rest(60)


@pytest.mark.parametrize("level", LEVELS)
def test_no_level_starves_while_all_others_flood(level):
    def at(level):
        return Props(s.flooder, priority=level), Props(s.victim, priority=level)

    asked = at(level)[1]
    floods = [at(other)[0] for other in LEVELS if other != level]
    with ActorSystem([asked, *floods], workers=2, scheduler="priority") as system:
        flooders = np.concatenate([system.spawn_many(f, 3) for f in floods])
        victim = system.spawn(asked)
        for _ in range(200):
            system.tell_many(flooders, s.FLOOD)
        for round_ in range(3 if INTERPRETED else 20):
            victim.tell(b.COUNT)
            system.wait(round_ + 1, timeout=60)
        for ref in flooders:
            system.state(ref)[0] = 1
        system.await_rest(60)


def test_faults_and_stops_end_actors_under_every_level():
    with system_with("priority", 2) as system:
        refs = np.concatenate([system.spawn_many(s.ACTOR, 20), system.spawn_many(s.VICTIM, 20)])
        system.tell_many(refs[:10], b.RAISE)
        system.tell_many(refs[10:20], b.STOP)
        system.poison(*refs[20:])
        system.await_rest(30)
        assert not any(system.is_alive(r) for r in refs)
        assert system.counters()["failures"] == 10 < fault_row.KEPT


def test_a_busy_workers_actors_are_placed_at_the_least_loaded_one():
    with system_with("load-balanced", 2) as system:
        refs = system.spawn_many(s.VICTIM, 200)
        for round_ in range(20):
            system.tell_many(refs, s.WORK, 2000)
            system.wait(200 * (round_ + 1), timeout=60)
        loads = system.loads()
        assert len(loads.average) == len(loads.points) == 2
        assert all(0 < len(p) <= 1000 and p.min() >= 0 for p in loads.points)
        runs = system.counters_by_worker()["runs"][:2]
        assert runs.min() > 0


def test_actors_of_long_runs_go_to_the_dedicated_worker():
    with system_with(ALL_HEAVY, 2) as system:
        ref = system.spawn(s.VICTIM)
        for round_ in range(5):
            ref.tell(s.WORK, 2000)
            system.wait(round_ + 1, timeout=30)
            system.await_rest(30)
        slot = ref.value & SLOT_MASK
        assert system.tables.placement[slot] > 0
        again = system.spawn(s.VICTIM)
        assert system.tables.placement[again.value & SLOT_MASK] == 0


def test_an_actor_runs_on_the_node_it_was_moved_to_and_is_reported_there():
    with system_with(TWO_NODES, 2) as system:
        ref = system.spawn(s.VICTIM)
        for node in (1, 0):
            system.migrate(ref, node)
            ref.tell(b.COUNT)
            system.await_rest(30)
            assert int(system.tables.placement[ref.value & SLOT_MASK]) == ((node + 1) << 1) | 1
        with pytest.raises(ValueError, match=r"node must be one of \[0, 1\], got 2"):
            system.migrate(ref, 2)


@pytest.mark.parametrize(
    ("scheduler", "workers", "said", "works_as"),
    [
        ("work-stealing", 2, "work-stealing", "work-stealing"),
        ("priority", 1, "priority", "priority"),
        ("load-balanced", 1, "with one worker it works as work-stealing", "work-stealing"),
        ("predictive", 1, "1 dedicated of 1 workers leave no pool", "work-stealing"),
        ("predictive", 2, "pool of 1 workers, 1 dedicated", "predictive"),
        (Scheduler("numa", topology=Topology.simulate(1, 4)), 2, "there is one node", NAMES[0]),
        (TWO_NODES, 2, r"node 0: workers \[0\]; node 1: workers \[1\]", "numa"),
    ],
    ids=str,
)
def test_a_system_says_what_its_scheduler_comes_to(scheduler, workers, said, works_as):
    schedule = fit(scheduler, workers, [None] * workers)
    assert schedule.works_as == works_as
    assert re.search(said, str(schedule))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scheduler("fastest"), "scheduler must be one of work-stealing, priority, numa, "),
        (lambda: Scheduler("predictive", dedicated=0), "dedicated must be 1 to 255, got 0"),
        (lambda: Scheduler("predictive", threshold_us=-1), "threshold_us must be 0 to"),
        (lambda: Props(b.actor, priority="urgent"), "priority must be one of critical, high, "),
    ],
)
def test_what_has_no_meaning_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_topology_of_another_type_is_refused():
    with pytest.raises(TypeError, match="topology must be a Topology or None, got 5"):
        Scheduler("numa", topology=5)


def test_loads_and_nodes_are_only_where_they_mean_something():
    with system_with("work-stealing", 1) as system:
        with pytest.raises(ActorSystemError, match="loads need scheduler='load-balanced'"):
            system.loads()
        with pytest.raises(ActorSystemError, match="there are no nodes"):
            system.migrate(0, 0)
        assert system.describe_scheduler() == "work-stealing"


def test_a_priority_alone_implies_no_supervision():
    with system_with("priority", 1) as system:
        assert not system.supervised
