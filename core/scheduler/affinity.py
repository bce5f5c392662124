"""Assignment of processors to workers."""

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from zbench.core.scheduler.topology import PROCESSORS, Topology, processors

POLICIES = ("compact", "spread")
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
) -> list[int | None]:
    """Processor of each worker; None for a worker that is not pinned.

    True means "compact". A policy pins no worker if there are more workers than
    processors; a list of processors is used cyclically.

    Raises:
        ValueError: on an unknown policy, or a processor that this process may not use.
    """
    allowed = sorted(allowed)
    if pin is False:
        return [None] * workers
    if pin is True or isinstance(pin, str):
        policy = "compact" if pin is True else pin
        if policy not in POLICIES:
            known = ", ".join(POLICIES)
            msg = f"pin must be True, False, {known} or a list of processors, got {pin!r}"
            raise ValueError(msg)
        if workers > len(allowed):
            return [None] * workers
        return [*order(policy, allowed, topology, folder)[:workers]]
    wrong = [cpu for cpu in pin if cpu not in allowed]
    if wrong or not pin:
        msg = f"pin must name some of the processors {allowed}, got {list(pin)}"
        raise ValueError(msg)
    return [int(pin[k % len(pin)]) for k in range(workers)]


def apply(cpu: int | None) -> None:
    """Pin the calling thread."""
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})


def report(threads: Sequence[threading.Thread]) -> list[tuple[int, ...]]:
    """Processors each thread may run on, as the kernel reports them; () for an ended thread."""
    found = []
    for thread in threads:
        alive = thread.is_alive() and thread.native_id is not None
        found.append(tuple(sorted(os.sched_getaffinity(thread.native_id or 0))) if alive else ())
    return found
