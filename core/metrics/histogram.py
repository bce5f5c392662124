"""Log-linear histograms of nanoseconds: 128 buckets for every doubling.

After HdrHistogram: values below 128 have a bucket each, above that a bucket is less than
1 % wide. Counting is a kernel; reading is NumPy.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from zbench.core.compile.kernel import INTERPRETED, kernel
from zbench.core.memory.layout.lines import Words

SUB_BITS = 7
SUB = 1 << SUB_BITS
DOUBLINGS = 34  # up to 2**41 ns, over half an hour
BUCKETS = SUB * (DOUBLINGS + 1)
PERCENTILES = (50.0, 90.0, 99.0, 99.9, 99.99)


def bit_length(value: int) -> int:
    """Bits of a positive value."""
    return int(value).bit_length()


@kernel
def bucket(value: int) -> int:
    """Bucket of a number of nanoseconds; negative ones count as 0, huge ones as the last."""
    if value < SUB:
        return max(value, 0)
    shift = bit_length(value) - SUB_BITS - 1
    return min((shift << SUB_BITS) + (value >> shift), BUCKETS - 1)


@kernel
def add(counts: Words, start: int, value: int) -> None:
    """Count a value in the histogram that starts at an index of counts."""
    counts[start + bucket(value)] += 1


def bounds() -> NDArray[np.float64]:
    """Largest value of each bucket, in nanoseconds."""
    index = np.arange(BUCKETS)
    shift = np.maximum(index // SUB - 1, 0)
    low = np.where(index < SUB, index, (index - shift * SUB) << shift)
    return (low + (1 << shift) - 1).astype(np.float64)


def percentiles(counts: NDArray[np.int64]) -> dict[str, float]:
    """p50 to p99.99, max and mean, in nanoseconds; empty for an empty histogram."""
    total = int(counts.sum())
    if total == 0:
        return {}
    upper = bounds()
    ranks = np.cumsum(counts)
    found = {
        f"p{p:g}": float(upper[np.searchsorted(ranks, np.ceil(total * p / 100))])
        for p in PERCENTILES
    }
    found["max"] = float(upper[np.flatnonzero(counts)[-1]])
    found["mean"] = float((counts * upper).sum() / total)
    return found


if not INTERPRETED:
    import numba as nb
    from llvmlite import ir
    from numba.extending import intrinsic, overload

    @intrinsic
    def _leading_zeros(typing: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

        return nb.int64(nb.int64), codegen

    @overload(bit_length, strict=False, jit_options={"_nrt": False})
    def _compiled_bit_length(value: Any) -> Any:
        return lambda value: 64 - _leading_zeros(value)
