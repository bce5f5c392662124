"""Processors with their cores and NUMA nodes, read from Linux or simulated for tests."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NODES = Path("/sys/devices/system/node")
PROCESSORS = Path("/sys/devices/system/cpu")
LOCAL_DISTANCE = 10  # as in the firmware's table (SLIT)


@dataclass(frozen=True)
class Topology:
    """NUMA nodes and the processors of each.

    Args:
        nodes: the processors of each NUMA node.
        distances: one row for each NUMA node; 10 is its distance to itself.
        simulated: whether it is simulated, to test the logic.
    """

    nodes: tuple[tuple[int, ...], ...]
    distances: tuple[tuple[int, ...], ...]
    simulated: bool = False

    def __post_init__(self) -> None:
        """Check that NUMA nodes and distances are a topology."""
        cpus = [cpu for node in self.nodes for cpu in node]
        if not cpus or len(set(cpus)) != len(cpus):
            msg = f"each processor must belong to one node, got {self.nodes}"
            raise ValueError(msg)
        if [len(row) for row in self.distances] != [len(self.nodes)] * len(self.nodes):
            msg = f"distances must be {len(self.nodes)} rows of {len(self.nodes)}"
            raise ValueError(msg)

    @classmethod
    def read(cls, folder: Path = NODES) -> "Topology":
        """Read the machine's; one NUMA node of all processors where Linux lists none."""
        found = sorted((int(p.name[4:]), p) for p in folder.glob("node[0-9]*"))
        nodes, distances, used = [], [], []
        for place, (_, path) in enumerate(found):
            cpus = parse_list((path / "cpulist").read_text())
            if cpus:  # some NUMA nodes have memory only
                nodes.append(cpus)
                distances.append([int(d) for d in (path / "distance").read_text().split()])
                used.append(place)
        if not nodes:
            every = parse_list((PROCESSORS / "online").read_text())
            return cls((every,), ((LOCAL_DISTANCE,),))
        return cls(tuple(nodes), tuple(tuple(row[k] for k in used) for row in distances))

    @classmethod
    def simulate(cls, nodes: int, cpus: int) -> "Topology":
        """Simulate NUMA nodes of ``cpus`` processors each, at twice the local distance."""
        return cls(
            tuple(tuple(range(n * cpus, (n + 1) * cpus)) for n in range(nodes)),
            tuple(
                tuple(LOCAL_DISTANCE * (1 if a == b else 2) for b in range(nodes))
                for a in range(nodes)
            ),
            simulated=True,
        )

    def node_of(self, cpu: int) -> int | None:
        """NUMA node of a processor, or None."""
        return next((k for k, cpus in enumerate(self.nodes) if cpu in cpus), None)


@dataclass(frozen=True)
class Processor:
    """Position of one processor."""

    cpu: int
    node: int
    core: tuple[int, int]  # package, core
    thread: int  # number of its core's processors with lower numbers


def processors(
    cpus: Iterable[int], topology: Topology, folder: Path = PROCESSORS
) -> list[Processor]:
    """Positions of processors; one that Linux does not describe is a core of its own."""
    seen: dict[tuple[int, int], int] = {}
    found = []
    for cpu in sorted(cpus):
        place = folder / f"cpu{cpu}" / "topology"
        try:
            package = int((place / "physical_package_id").read_text())
            core = (package, int((place / "core_id").read_text()))
        except (OSError, ValueError):
            core = (-1, cpu)
        found.append(Processor(cpu, topology.node_of(cpu) or 0, core, seen.get(core, 0)))
        seen[core] = seen.get(core, 0) + 1
    return found


def parse_list(text: str) -> tuple[int, ...]:
    """Numbers of a list in Linux's notation: ``0-3,8``."""
    numbers: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)
