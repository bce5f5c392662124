"""Choice of a scheduler policy by name, and the tables that each policy needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from zbench.core.errors import check_among, check_is, check_range, integer
from zbench.core.memory.tables import Tables
from zbench.core.messages.levels import LEVELS
from zbench.core.metrics.clock import SCALE_BITS, tick_scale
from zbench.core.scheduler.placement import NO_TABLES, Placement
from zbench.core.scheduler.policies import policy, priority
from zbench.core.scheduler.policies.load_balanced import (
    LOAD,
    LOAD_KEPT,
    LOAD_POINTS,
    LOAD_RING,
    LOAD_WORDS,
    ONE,
)
from zbench.core.scheduler.topology import Topology


@dataclass(frozen=True)
class Scheduler:
    """A scheduler policy with its options; ``docs/schedulers.md`` explains the choice.

    Args:
        name: "work-stealing", "priority" (levels by ``Props(priority=...)``), "numa",
            "load-balanced" or "predictive".
        topology: NUMA nodes for "numa"; None: those of the machine.
        threshold_us: for "predictive", actors whose runs are predicted to take longer,
            in microseconds, run on the dedicated workers.
        dedicated: for "predictive", number of dedicated workers.

    Raises:
        TypeError: on a value of another type.
        ValueError: on an unknown name, or a value out of its range.
    """

    name: str = "work-stealing"
    topology: Topology | None = None
    threshold_us: float = 50.0
    dedicated: int = 1

    def __post_init__(self) -> None:
        """Check the name and the ranges."""
        check_among("scheduler", self.name, policy.NAMES)
        check_is("topology", self.topology, (Topology, type(None)), "a Topology or None")
        check_range("threshold_us", self.threshold_us, 0, 1e9)
        integer("dedicated", self.dedicated, 1, 255)


@dataclass(frozen=True)
class Schedule:
    """A scheduler fitted to a system: the policy in effect and its description."""

    asked: str
    placement: Placement
    nodes: tuple[int, ...] = ()  # NUMA node of each worker
    says: tuple[str, ...] = field(default=())

    @property
    def works_as(self) -> str:
        """Name of the policy in effect."""
        return policy.NAMES[self.placement.policy]

    def __str__(self) -> str:
        """One line: the requested policy and its effect in this system."""
        return "; ".join((self.asked, *self.says))

    def fill(self, t: Tables, levels: Sequence[str]) -> None:
        """Fill the tables that stay constant while the system runs.

        Args:
            t: the tables of the system.
            levels: the priority of each behaviour, in the order of their indices.
        """
        if len(t.numa_node):
            t.numa_node[: len(self.nodes)] = self.nodes
        if len(t.behaviour_level):
            t.behaviour_level[:] = priority.NORMAL
            t.behaviour_level[: len(levels)] = [LEVELS.index(level) for level in levels]


def fit(scheduler: str | Scheduler, workers: int, cpus: Sequence[int | None]) -> Schedule:
    """Fit a scheduler to a number of workers and their processors."""
    chosen = Scheduler(scheduler) if isinstance(scheduler, str) else scheduler
    number = policy.NAMES.index(chosen.name)
    if number == policy.PRIORITY:
        return Schedule(chosen.name, Placement(number, priority.ROWS, per_behaviour=True))
    if number == policy.NUMA:
        return _numa(chosen, workers, cpus)
    if number == policy.LOAD_BALANCED:
        if workers == 1:
            return _as_usual(chosen, "with one worker it works as work-stealing")
        return Schedule(chosen.name, Placement(number, workers, per_worker=True))
    if number == policy.PREDICTIVE:
        return _predictive(chosen, workers)
    return Schedule(chosen.name, NO_TABLES)


def _as_usual(chosen: Scheduler, why: str) -> Schedule:
    """Fall back to work stealing, with the reason."""
    return Schedule(chosen.name, NO_TABLES, says=(why,))


def _numa(chosen: Scheduler, workers: int, cpus: Sequence[int | None]) -> Schedule:
    """Assign each worker to a NUMA node."""
    topology = chosen.topology or Topology.read()
    if len(topology.nodes) == 1:
        return _as_usual(chosen, "there is one node, so it works as work-stealing")
    if not topology.simulated and None in cpus:
        return _as_usual(chosen, "workers are not pinned, so it works as work-stealing")
    known = [None if cpu is None else topology.node_of(cpu) for cpu in cpus]
    if topology.simulated or None in known:
        # A simulated topology has other processors: spread the workers over its NUMA nodes.
        known = [worker * len(topology.nodes) // workers for worker in range(workers)]
    nodes = tuple(node or 0 for node in known)
    used = [f"node {n}: workers {[w for w in range(workers) if nodes[w] == n]}"
            for n in range(len(topology.nodes))]  # fmt: skip
    placement = Placement(policy.NUMA, len(topology.nodes), per_actor=True)
    made_up = ("simulated topology",) if topology.simulated else ()
    return Schedule(chosen.name, placement, nodes, (*made_up, *used))


def _predictive(chosen: Scheduler, workers: int) -> Schedule:
    """Divide the workers into the dedicated ones and the pool."""
    if chosen.dedicated >= workers:
        why = f"{chosen.dedicated} dedicated of {workers} workers leave no pool"
        return _as_usual(chosen, f"{why}, so it works as work-stealing")
    ticks = ticks_of(chosen.threshold_us)
    placement = Placement(
        policy.PREDICTIVE, 1, per_actor=True, dedicated=chosen.dedicated, heavy_ticks=ticks
    )
    pool = workers - chosen.dedicated
    return Schedule(
        chosen.name, placement, says=(f"pool of {pool} workers, {chosen.dedicated} dedicated",)
    )


def ticks_of(us: float) -> int:
    """Ticks of the time-stamp counter in a number of microseconds."""
    return int(us * 1000 * (1 << SCALE_BITS) / tick_scale())


@dataclass(frozen=True)
class Loads:
    """Measured loads of the workers of a load-balanced system.

    Attributes:
        average: the moving average of each worker's queue length.
        points: the last samples of each worker, at most 1000, oldest first.
    """

    average: NDArray[np.float64]
    points: tuple[NDArray[np.int64], ...]


def read_loads(t: Tables) -> Loads:
    """The workers' loads; a sample taken meanwhile may replace the oldest one."""
    rows = t.worker_load.reshape(-1, LOAD_WORDS)
    points = []
    for row in rows:
        taken = int(row[LOAD_POINTS])
        ring = row[LOAD_RING : LOAD_RING + LOAD_KEPT].copy()
        points.append(np.roll(ring, -(taken % LOAD_KEPT)) if taken > LOAD_KEPT else ring[:taken])
    return Loads(rows[:, LOAD] / ONE, tuple(points))
