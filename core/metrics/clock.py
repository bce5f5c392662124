"""The time-stamp counter's rate: reading the counter costs a fraction of a system clock."""

import functools

from zbench.core.compile.kernel import cached_kernel, kernel
from zbench.core.memory import atomics

SCALE_BITS = 24
CALIBRATION_NS = 20_000_000


@cached_kernel
def _ticks_in(duration_ns: int) -> tuple[int, int]:
    """Ticks and nanoseconds that passed while spinning for about a duration."""
    start_ns = atomics.clock_ns()
    start = atomics.cycles()
    now = start_ns
    while now - start_ns < duration_ns:
        now = atomics.clock_ns()
    return atomics.cycles() - start, now - start_ns


@functools.cache
def tick_scale() -> int:
    """Nanoseconds of a tick, times 2**SCALE_BITS; measured once a process."""
    ticks, elapsed_ns = max(_ticks_in(CALIBRATION_NS // 2) for _ in range(2))
    return round((elapsed_ns << SCALE_BITS) / ticks)


@kernel
def ticks() -> int:
    """The time-stamp counter now, in ticks of its own; the same one in behaviours and Python."""
    return atomics.cycles()


@kernel
def to_ns(ticks: int, scale: int) -> int:
    """Nanoseconds of a number of ticks."""
    return (ticks * scale) >> SCALE_BITS
