"""Assignment of processors to workers."""

import contextlib
import os
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from zbench.core.errors import check_is, integer, shown
from zbench.core.scheduler.topology import PROCESSORS, Topology, processors

POLICIES = ("compact", "spread")
AUTO = "auto"
Pin = bool | str | Sequence[int]


def order(
    policy: str, allowed: Iterable[int], topology: Topology, folder: Path = PROCESSORS
) -> list[int]:
    """Processors in the order in which workers get them.

    Both policies take a processor of every core before the second of any. "compact"
    goes NUMA node by NUMA node, "spread" takes one of each NUMA node in turn.
    """
    found = sorted(processors(allowed, topology, folder), key=lambda p: (p.thread, p.node, p.cpu))
    if policy == "compact":
        return [p.cpu for p in found]
    turns: dict[tuple[int, int], int] = {}
    ranked = []
    for p in found:
        turn = turns.get((p.thread, p.node), 0)
        turns[p.thread, p.node] = turn + 1
        ranked.append((p.thread, turn, p.node, p.cpu))
    return [cpu for *_, cpu in sorted(ranked)]


def plan(
    pin: Pin,
    workers: int,
    allowed: Iterable[int],
    topology: Topology,
    folder: Path = PROCESSORS,
    used: Mapping[int, int] | None = None,
) -> list[int | None]:
    """Processor of each worker; None for a worker that is not pinned.

    True means "compact". "auto" is the same where there are as many workers as processors,
    and pins no worker otherwise: the operating system knows which processors are idle. A policy
    pins no worker if there are more workers than processors, and takes those with the fewest
    workers first; a list of processors is used cyclically.

    Args:
        pin: see above.
        workers: their number.
        allowed: the processors that this process may use.
        topology: the NUMA nodes.
        folder: where Linux describes processors.
        used: the workers pinned to each processor before.

    Raises:
        TypeError: if it is neither a policy nor a list of processors.
        ValueError: on an unknown policy, or a processor that this process may not use.
    """
    allowed = sorted(allowed)
    if pin is False or (isinstance(pin, str) and pin == AUTO and workers != len(allowed)):
        return [None] * workers
    if pin is True or isinstance(pin, str):
        policy = "compact" if pin in (True, AUTO) else str(pin)
        if policy not in POLICIES:
            known = ", ".join(POLICIES)
            msg = (
                f"pin must be True, False, {known} or a list of processors, or auto, "
                f"got {shown(pin)}"
            )
            raise ValueError(msg)
        if workers > len(allowed):
            return [None] * workers
        taken = used or {}
        ordered = order(policy, allowed, topology, folder)
        return [*sorted(ordered, key=lambda cpu: taken.get(cpu, 0))[:workers]]
    check_is("pin", pin, Iterable, "True, False, a policy or a list of processors")
    pin = [integer("a processor of pin", cpu) for cpu in pin]
    wrong = [cpu for cpu in pin if cpu not in allowed]
    if wrong or not pin:
        msg = f"pin must name some of the processors {allowed}, got {pin}"
        raise ValueError(msg)
    return [pin[k % len(pin)] for k in range(workers)]


class Seats:
    """The processors of one system's workers, counted until they are released or dropped."""

    _lock = threading.RLock()
    _held: ClassVar["weakref.WeakSet[Seats]"] = weakref.WeakSet()

    def __init__(self, cpus: list[int | None]) -> None:
        self.cpus = cpus

    @classmethod
    def take(cls, pin: Pin, workers: int, allowed: Iterable[int], topology: Topology) -> "Seats":
        """As ``plan``, on the processors that have the fewest workers of this process."""
        with cls._lock:
            used = Counter(cpu for seats in cls._held for cpu in seats.cpus if cpu is not None)
            taken = cls(plan(pin, workers, allowed, topology, used=used))
            cls._held.add(taken)
        return taken

    def release(self) -> None:
        """Count these processors no longer."""
        self._held.discard(self)


def apply(cpu: int | None) -> None:
    """Pin the calling thread; it stays where it is if the processor was taken from the process."""
    if cpu is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {cpu})


def report(threads: Sequence[threading.Thread]) -> list[tuple[int, ...]]:
    """Processors each thread may run on, as the kernel reports them; () for an ended thread."""
    found = []
    for thread in threads:
        alive = thread.is_alive() and thread.native_id is not None
        found.append(tuple(sorted(os.sched_getaffinity(thread.native_id or 0))) if alive else ())
    return found
