"""NUMA nodes and processors from a made-up sysfs, and the processors of workers."""

import gc
import os
import threading

import numpy as np
import pytest
from zbench.core import ActorSystem, Topology
from zbench.core.scheduler import affinity
from zbench.core.scheduler.config import Scheduler, fit
from zbench.core.scheduler.topology import parse_list, processors

from tests.core.behaviours import common as b


def write_nodes(root, nodes):
    for name, (cpulist, distance) in nodes.items():
        folder = root / name
        folder.mkdir(parents=True)
        (folder / "cpulist").write_text(cpulist + "\n")
        (folder / "distance").write_text(distance + "\n")
    return root


def write_cores(root, cores):
    for cpu, (package, core) in cores.items():
        folder = root / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text(f"{package}\n")
        (folder / "core_id").write_text(f"{core}\n")
    return root


TWO = {"node0": ("0-1,4-5", "10 21"), "node1": ("2-3,6-7", "21 10")}
# Two packages of two cores of two threads: the second threads are 4 to 7.
CORES = {cpu: (cpu % 4 // 2, cpu % 2) for cpu in range(8)}


@pytest.fixture
def machine(tmp_path):
    nodes = write_nodes(tmp_path / "node", TWO)
    return Topology.read(nodes), write_cores(tmp_path / "cpu", CORES)


def test_nodes_are_read_with_their_processors_and_distances(machine):
    topology, _ = machine
    assert topology.nodes == ((0, 1, 4, 5), (2, 3, 6, 7))
    assert topology.distances == ((10, 21), (21, 10))
    assert not topology.simulated
    assert [topology.node_of(cpu) for cpu in (0, 3, 5, 9)] == [0, 1, 0, None]


def test_a_node_of_memory_alone_is_left_out(tmp_path):
    nodes = {"node0": ("0-1", "10 20 30"), "node1": ("", "20 10 40"), "node10": ("2", "30 40 10")}
    topology = Topology.read(write_nodes(tmp_path, nodes))
    assert topology.nodes == ((0, 1), (2,))
    assert topology.distances == ((10, 30), (30, 10))


def test_without_nodes_all_processors_are_one(tmp_path):
    topology = Topology.read(tmp_path)
    assert len(topology.nodes) == 1
    assert len(topology.nodes[0]) == os.cpu_count()


def test_this_machines_topology_has_every_processor_this_process_may_use():
    known = {cpu for node in Topology.read().nodes for cpu in node}
    assert known >= os.sched_getaffinity(0)


@pytest.mark.parametrize(
    ("text", "numbers"), [("0-3,8", (0, 1, 2, 3, 8)), ("5", (5,)), ("", ()), ("1,3\n", (1, 3))]
)
def test_lists_of_numbers_are_read_as_linux_writes_them(text, numbers):
    assert parse_list(text) == numbers


def test_what_is_no_topology_is_refused():
    with pytest.raises(ValueError, match="must belong to one node"):
        Topology(((0, 1), (1, 2)), ((10, 20), (20, 10)))
    with pytest.raises(ValueError, match="2 rows of 2"):
        Topology(((0,), (1,)), ((10,),))


def test_processors_know_their_core_and_which_thread_of_it_they_are(machine):
    topology, folder = machine
    found = processors(range(8), topology, folder)
    assert [p.thread for p in found] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert [p.node for p in found] == [0, 0, 1, 1, 0, 0, 1, 1]
    assert processors([3], topology, folder / "no such")[0].thread == 0


@pytest.mark.parametrize(
    ("policy", "cpus"),
    [("compact", [0, 1, 2, 3, 4, 5, 6, 7]), ("spread", [0, 2, 1, 3, 4, 6, 5, 7])],
)
def test_every_core_is_used_before_the_second_thread_of_any(machine, policy, cpus):
    assert affinity.order(policy, range(8), *machine) == cpus


@pytest.mark.parametrize(
    ("pin", "workers", "allowed", "plan"),
    [
        (False, 2, range(8), [None, None]),
        (True, 2, range(8), [0, 1]),
        ("spread", 3, range(8), [0, 2, 1]),
        ("spread", 2, [1, 5, 6], [1, 6]),
        ("compact", 3, [0, 4, 6], [0, 6, 4]),
        ("compact", 9, range(8), [None] * 9),
        ([3, 1], 3, range(8), [3, 1, 3]),
        ([np.int32(3)], 1, range(8), [3]),
        ("auto", 8, range(8), [*range(8)]),
        ("auto", 1, [5], [5]),
        ("auto", 7, range(8), [None] * 7),
        ("auto", 9, range(8), [None] * 9),
    ],
)
def test_a_policy_gives_each_worker_a_processor_it_may_use(machine, pin, workers, allowed, plan):
    assert affinity.plan(pin, workers, allowed, *machine) == plan


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        ("tight", "pin must be True, False, compact, spread or a list of processors"),
        ([0, 9], r"pin must name some of the processors \[0, 1\], got \[0, 9\]"),
        ([], "pin must name some"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(machine, pin, message):
    with pytest.raises(ValueError, match=message):
        affinity.plan(pin, 1, [0, 1], *machine)


@pytest.mark.parametrize("pin", [None, 1, 2.5, ["0"], [True], [0.0], {0: 1}.items()])
def test_what_is_no_policy_is_refused(machine, pin):
    with pytest.raises(TypeError, match="must be"):
        affinity.plan(pin, 1, [0, 1], *machine)


@pytest.mark.parametrize(
    ("pin", "workers", "used", "plan"),
    [
        (True, 1, {0: 1}, [1]),
        (True, 2, {0: 1, 1: 1, 2: 2}, [3, 4]),
        (True, 8, {0: 1}, [1, 2, 3, 4, 5, 6, 7, 0]),
        ("spread", 2, {0: 1}, [2, 1]),
        (True, 1, dict.fromkeys(range(8), 3), [0]),
        ([0], 1, {0: 9}, [0]),
    ],
)
def test_processors_with_the_fewest_workers_come_first(machine, pin, workers, used, plan):
    assert affinity.plan(pin, workers, range(8), *machine, used=used) == plan


def test_systems_of_one_process_share_out_its_processors_and_give_them_back():
    topology = Topology.simulate(1, 3)
    seats = [affinity.Seats.take(True, 1, range(100, 103), topology) for _ in range(4)]
    assert [s.cpus for s in seats] == [[100], [101], [102], [100]]
    seats[1].release()
    assert affinity.Seats.take(True, 1, range(100, 103), topology).cpus == [101]
    del seats[0]  # dropped: released too
    gc.collect()
    assert affinity.Seats.take([102], 1, range(100, 103), topology).cpus == [102]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
@pytest.mark.compiles
def test_two_systems_with_one_worker_are_not_pinned_to_one_processor():
    with (
        ActorSystem(b.BEHAVIOURS, workers=1, pin=True) as one,
        ActorSystem(b.BEHAVIOURS, workers=1, pin=True) as two,
        ActorSystem(b.BEHAVIOURS, workers=1) as three,
    ):
        assert one._options.pins != two._options.pins
        assert three._options.pins == [None]


def test_a_processor_taken_from_the_process_leaves_a_worker_unpinned():
    allowed = os.sched_getaffinity(0)
    affinity.apply(1 << 14)
    assert os.sched_getaffinity(0) == allowed


@pytest.mark.compiles
def test_a_system_reports_where_its_workers_may_run():
    allowed = tuple(sorted(os.sched_getaffinity(0)))
    last = allowed[-1]
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=64, pin=[last]) as system:
        ref = system.spawn(b.actor)
        ref.tell(b.COUNT)
        system.await_rest(30)
        # A worker that has not had a processor yet has not pinned itself either.
        assert set(system.affinity()) <= {(last,), allowed}
        assert (last,) in system.affinity()
    assert system.affinity() == [(), ()]
    assert affinity.report([threading.current_thread()]) == [allowed]


def test_numa_puts_workers_on_the_nodes_of_their_processors(machine):
    topology, _ = machine
    scheduler = Scheduler("numa", topology=topology)
    assert fit(scheduler, 3, [0, 2, 5]).nodes == (0, 1, 0)
    unpinned = fit(scheduler, 3, [None] * 3)
    assert unpinned.works_as == "work-stealing"
    assert "not pinned" in str(unpinned)
