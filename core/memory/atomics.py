"""Atomic operations on int64 cells, each a plain function with a compiled twin.

numba has no atomics for the CPU. Each function here runs as Python (uncompiled tests,
the interleaving explorer) and, called from a kernel, becomes one LLVM instruction with
the order stated in its docstring. Cells are one-dimensional int64 arrays, or two-dimensional
ones with a tuple as index.

``model`` is set by the interleaving explorer only: it takes every operation, so that the
very source of the lock-free structures is explored.
"""

import os
import threading
import time
from typing import Any

from numpy.typing import NDArray

Cells = NDArray[Any]
Index = int | tuple[int, int]

model: Any = None
_indivisible = threading.Lock()  # makes read-modify-writes atomic where they run as Python


def load_relaxed(cells: Cells, i: Index) -> int:
    """Read a cell; no order (monotonic)."""
    return model.load(cells, i, "relaxed") if model is not None else int(cells[i])


def load_acquire(cells: Cells, i: Index) -> int:
    """Read a cell; later accesses stay after it (acquire)."""
    return model.load(cells, i, "acquire") if model is not None else int(cells[i])


def store_relaxed(cells: Cells, i: Index, value: int) -> None:
    """Write a cell; no order (monotonic)."""
    if model is not None:
        model.store(cells, i, value, "relaxed")
    else:
        cells[i] = value


def store_release(cells: Cells, i: Index, value: int) -> None:
    """Write a cell; earlier accesses stay before it (release)."""
    if model is not None:
        model.store(cells, i, value, "release")
    else:
        cells[i] = value


def fetch_add(cells: Cells, i: Index, value: int) -> int:
    """Add to a cell and return what it held before (acq_rel)."""
    if model is not None:
        return int(model.fetch_add(cells, i, value))
    with _indivisible:
        old = int(cells[i])
        cells[i] = old + value
    return old


def exchange(cells: Cells, i: Index, value: int) -> int:
    """Replace a cell's value and return what it held before (acq_rel)."""
    if model is not None:
        return int(model.exchange(cells, i, value))
    with _indivisible:
        old = int(cells[i])
        cells[i] = value
    return old


def compare_exchange(cells: Cells, i: Index, expected: int, new: int) -> bool:
    """Set a cell to new if it holds expected; True on success (acq_rel / acquire)."""
    if model is not None:
        return bool(model.compare_exchange(cells, i, expected, new))
    with _indivisible:
        if cells[i] != expected:
            return False
        cells[i] = new
    return True


def fence() -> None:
    """Order every earlier store before every later load (seq_cst)."""
    if model is not None:
        model.fence()


def pause() -> None:
    """Tell the core that this is a spin loop."""
    if model is not None:
        model.pause()


def sched_yield() -> None:
    """Give the rest of the time slice to another thread."""
    if model is not None:
        model.pause()
    else:
        os.sched_yield()


def futex_wait(cells: Cells, i: int, expected: int, timeout_ns: int) -> None:
    """Sleep while the low 32 bits of a cell hold expected; may wake without cause."""
    if model is not None:
        model.futex_wait(cells, i, expected)
    elif cells[i] == expected:
        time.sleep(min(timeout_ns * 1e-9, 1e-4))


def futex_wake(cells: Cells, i: int, count: int) -> None:
    """Wake up to count threads asleep on a cell."""
    if model is not None:
        model.futex_wake(cells, i, count)


def prefetch_write(cells: Cells, i: int) -> None:
    """Ask for a cell's cache line to be made writable here; a hint without effect on order."""


def clock_ns() -> int:
    """Nanoseconds of CLOCK_MONOTONIC, the clock of time.perf_counter_ns."""
    return time.perf_counter_ns()


def cycles() -> int:
    """The time-stamp counter: cheap, in ticks of its own (see core.metrics.clock)."""
    return time.perf_counter_ns()
