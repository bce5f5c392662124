"""Find the beginning of the steady state in a process's iterations; never guess it.

Method: drop the leading k iterations, for the least k at which neither the first window
of the remaining series nor its first iteration alone differs from its other iterations. Two
parts do not differ if their medians lie within TOLERANCE of each other, or within three
standard errors, whichever is more (noise is taken from differences of neighbours, which a
slow drift hardly touches). The remaining series must have at least FEWEST iterations and
half of all, and no trend: either its two halves lie within TOLERANCE, or the test of Mann
and Kendall shows none. Nor may it have a second plateau: a place from which on, to the end, the
iterations are faster than before, by the same measure. Otherwise there is no steady state.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.03  # of the median: slow drifts below can't be told from noise
FEWEST = 5
WINDOW = 3
LAST = 3  # iterations that make a plateau at the end
STRICT = 4  # standard errors, where a difference is looked for at every place
SIGMA = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
CRITICAL = 1.96  # of the normal distribution, 5 % two-sided
MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean


def steady_from(values: Sequence[float]) -> int | None:
    """Count the leading iterations that are warm-up; None where no steady state is reached.

    Args:
        values: One figure an iteration, in order.
    """
    series = np.asarray(values, float)
    for k in range(len(series) // 2 + 1):
        left = series[k:]
        if len(left) < FEWEST:
            return None
        noise = _noise(left)
        if all(_agree(left[:n], left[n:], noise) for n in (1, WINDOW)) and not (
            _drifts(left) or _gets_faster(left, noise)
        ):
            return k
    return None


def _noise(values: NDArray[np.float64]) -> float:
    """Standard deviation of an iteration, by the differences of neighbours."""
    return SIGMA * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)


def _drifts(values: NDArray[np.float64]) -> bool:
    """Whether later values tend to be on one side of earlier ones, by more than TOLERANCE."""
    n = len(values)
    if _agree(values[: n // 2], values[n // 2 :], 0.0):
        return False
    rises = np.sign(values[None, :] - values[:, None])[np.triu_indices(n, 1)].sum()
    return bool(abs(rises) > CRITICAL * math.sqrt(n * (n - 1) * (2 * n + 5) / 18))


def _gets_faster(values: NDArray[np.float64], noise: float) -> bool:
    """Whether there is a place from which on the iterations are faster, to the end.

    As a compiler's later tier makes them. Slower ones at the end are the machine's, and count
    as noise unless they are a trend.
    """
    for place in range(LAST, len(values) - LAST + 1):
        before, after = values[:place], values[place:]
        if np.median(after) < np.median(before) and not _agree(before, after, noise, STRICT):
            return True
    return False


def _agree(a: NDArray[np.float64], b: NDArray[np.float64], noise: float, errors: float = 3) -> bool:
    """Whether the medians of two parts differ by no more than noise."""
    middle_a, middle_b = float(np.median(a)), float(np.median(b))
    error = noise * MEDIAN_ERROR * math.sqrt(1 / len(a) + 1 / len(b))
    return abs(middle_a - middle_b) <= max(TOLERANCE * abs(middle_b), errors * error)
