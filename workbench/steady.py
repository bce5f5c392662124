"""Where in a process's iterations its steady state begins: found, never guessed.

Method: the leading k iterations are dropped, for the least k at which the first window of
what is left no longer differs from the rest: the medians of the two lie within TOLERANCE
of each other, or within three standard errors of the window's median, whichever is
more. At least FEWEST iterations and half of the series must be left, and their first and
second half must agree by the same measure; else there is no steady state.
"""

import math
from collections.abc import Sequence

import numpy as np

TOLERANCE = 0.03  # of the median: slow drifts below can't be told from noise
FEWEST = 5
WINDOW = 3
SIGMA = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean


def steady_from(values: Sequence[float]) -> int | None:
    """How many leading iterations are warm-up; None where no steady state is reached.

    Args:
        values: One figure an iteration, in order.
    """
    series = np.asarray(values, float)
    for k in range(len(series) // 2 + 1):
        left = series[k:]
        if len(left) < FEWEST:
            return None
        half = len(left) // 2
        if _agree(left[:WINDOW], left[WINDOW:]) and _agree(left[:half], left[half:]):
            return k
    return None


def _agree(a: "np.ndarray", b: "np.ndarray") -> bool:
    """Whether the medians of two parts differ by no more than noise."""
    middle_a, middle_b = float(np.median(a)), float(np.median(b))
    deviation = SIGMA * float(np.median(np.abs(b - middle_b)))
    error = deviation * MEDIAN_ERROR * math.sqrt(1 / len(a) + 1 / len(b))
    return abs(middle_a - middle_b) <= max(TOLERANCE * abs(middle_b), 3 * error)
