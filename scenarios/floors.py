"""Floors: the best this machine can do, without any runtime in between."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from zbench.core.compile.kernel import cached_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE, PAIR, Words
from zbench.core.memory.tables import aligned
from zbench.core.queues import spsc
from zbench.core.worker.dispatch_source import call
from zbench.scenarios.base import Category, Parameter, Parameters, Prepared, Sample, Scenario
from zbench.scenarios.support.core_run import expect

RING_SLOTS = 1024
COPY_SLOTS = 1024  # 64 KiB each of source and target: stays in the second-level cache


@cached_kernel
def bounce(word: Words, side: int, trips: int) -> int:
    """Advance one word in turns with the other side; the trips made."""
    for trip in range(trips):
        # acquire and release; each pairs with the other side's.
        while atomics.load_acquire(word, 0) != 2 * trip + side:
            pass
        atomics.store_release(word, 0, 2 * trip + side + 1)
    return trips


@cached_kernel
def produce(ends: Words, slots: Words, messages: int) -> int:
    """Push the numbers 0, 1, ... as messages of eight words."""
    for k in range(messages):
        while not spsc.push(ends, slots, RING_SLOTS, k):
            atomics.pause()
    return messages


@cached_kernel
def consume(ends: Words, slots: Words, messages: int) -> int:
    """Pop ``messages`` messages; the sum of their numbers."""
    total = 0
    for _ in range(messages):
        value = spsc.pop(ends, slots, RING_SLOTS)
        while value < 0:
            atomics.pause()
            value = spsc.pop(ends, slots, RING_SLOTS)
        total += value
    return total


@cached_kernel
def call_through_table(code: Words, calls: int) -> int:
    """Call through a table of addresses; the sum of the results."""
    total = 0
    for k in range(calls):
        total += call(code[k & 1], k, 0, 0, 0)
    return total


@cached_kernel
def copy_slots(source: Words, target: Words, copies: int) -> int:
    """Copy slots of eight words, one after the other; a checksum of the target."""
    total = 0
    for k in range(copies):
        slot = (k & (COPY_SLOTS - 1)) * LINE
        for word in range(LINE):
            target[slot + word] = source[slot + word]
        total += target[slot]
    return total


@dataclass
class Floor:
    """A floor as a prepared scenario: a timed function and the answer it must give."""

    timed: Callable[[], tuple[int, int]]  # elapsed nanoseconds, answer
    operations: int
    answer: int

    def run(self) -> Sample:
        """Run once."""
        elapsed_ns, answer = self.timed()
        error = expect("the check sum", answer, self.answer)
        return Sample(elapsed_ns, self.operations, error, checked=True)

    def close(self) -> None:
        """Nothing to give back."""


def _one(function: Callable[[], int]) -> tuple[int, int]:
    started_ns = time.perf_counter_ns()
    answer = function()
    return time.perf_counter_ns() - started_ns, answer


def _two_cores(first: Callable[[], int], second: Callable[[], int]) -> tuple[int, int]:
    """Run two kernels at once, each on a processor of its own; the second one's answer."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        msg = "this floor needs two processors, this process may use one; see zbench doctor"
        raise RuntimeError(msg)
    answers = [0, 0]
    ready = threading.Barrier(3)

    def work(k: int, function: Callable[[], int]) -> None:
        os.sched_setaffinity(0, {cpus[k]})
        ready.wait()
        answers[k] = function()

    threads = [threading.Thread(target=work, args=(k, f)) for k, f in enumerate((first, second))]
    for thread in threads:
        thread.start()
    ready.wait()
    started_ns = time.perf_counter_ns()
    for thread in threads:
        thread.join()
    return time.perf_counter_ns() - started_ns, answers[1]


def cache_line(parameters: Parameters) -> Prepared:
    """One word bounced between two cores; an operation is a round trip."""
    trips = int(parameters["operations"])
    word = aligned(PAIR)
    bounce(word, 0, 0)

    def timed() -> tuple[int, int]:
        word[0] = 0
        elapsed, _ = _two_cores(lambda: bounce(word, 0, trips), lambda: bounce(word, 1, trips))
        return elapsed, int(word[0])

    return Floor(timed, trips, 2 * trips)


def spsc_ring(parameters: Parameters) -> Prepared:
    """Messages of 64 bytes through a ring from one core to another."""
    messages = int(parameters["operations"])
    ends, slots = aligned(spsc.ENDS_WORDS), aligned(RING_SLOTS * LINE)
    produce(ends, slots, 0)
    consume(ends, slots, 0)

    def timed() -> tuple[int, int]:
        ends[:] = 0
        return _two_cores(
            lambda: produce(ends, slots, messages), lambda: consume(ends, slots, messages)
        )

    return Floor(timed, messages, messages * (messages - 1) // 2)


def table_call(parameters: Parameters) -> Prepared:
    """Calls of an empty compiled function through the dispatch table."""
    calls = int(parameters["operations"])
    code = aligned(LINE)
    functions = _table_functions()
    code[:2] = [f.address for f in functions]
    call_through_table(code, 1)
    answer = sum(range(0, calls, 2)) + 2 * sum(range(1, calls, 2))
    run = Floor(lambda: _one(lambda: call_through_table(code, calls)), calls, answer)
    run.functions = functions  # keeps the code alive
    return run


def _table_functions() -> list[object]:
    """Two small functions with the table's signature."""
    import numba as nb

    signature = nb.int64(nb.int64, nb.int64, nb.int64, nb.int64)
    return [
        nb.cfunc(signature)(lambda a, _b, _c, _d: a),
        nb.cfunc(signature)(lambda a, _b, _c, _d: 2 * a),
    ]


def slot_copy(parameters: Parameters) -> Prepared:
    """Copies of 64 bytes within the second-level cache."""
    copies = int(parameters["operations"])
    source, target = aligned(COPY_SLOTS * LINE), aligned(COPY_SLOTS * LINE)
    source[:] = np.arange(len(source))
    copy_slots(source, target, 1)
    rounds, rest = divmod(copies, COPY_SLOTS)
    whole = LINE * COPY_SLOTS * (COPY_SLOTS - 1) // 2
    answer = rounds * whole + LINE * rest * (rest - 1) // 2
    return Floor(lambda: _one(lambda: copy_slots(source, target, copies)), copies, answer)


def _floor(
    name: str, purpose: str, operations: int, prepare: Callable[[Parameters], Prepared]
) -> Scenario:
    return Scenario(
        name=name,
        purpose=purpose,
        category=Category.FLOOR,
        parameters=(
            Parameter(
                "operations", operations, "operations a run", 1, 10**10, quick=operations // 10
            ),
        ),
        prepare=prepare,
    )


SCENARIOS = (
    _floor("floor-cache-line", "round trip of a cache line between two cores", 500_000, cache_line),
    _floor("floor-ring", "ring of 64-byte slots from one core to another", 5_000_000, spsc_ring),
    _floor("floor-call", "compiled call through the dispatch table", 20_000_000, table_call),
    _floor("floor-copy", "copy of 64 bytes within the cache", 20_000_000, slot_copy),
)
