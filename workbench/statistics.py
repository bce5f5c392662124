"""Estimates and their intervals: arrays in, numbers out.

Repetitions inside a process share its memory layout and its luck, so the process is the
unit: an estimate is the median over processes of their medians, and the bootstrap draws
processes first and repetitions within them second (Kalibera and Jones, "Rigorous
benchmarking in reasonable time", ISMM 2013).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def median(values: Sequence[float]) -> float:
    """Median of some values; nan of none."""
    return float(np.median(values)) if len(values) else float("nan")


def relative_spread(values: Sequence[float]) -> float:
    """Median absolute deviation over the median; nan of no values or a median of 0."""
    middle = median(values)
    if not len(values) or middle == 0:
        return float("nan")
    return float(np.median(np.abs(np.asarray(values) - middle)) / abs(middle))


def estimate(processes: Sequence[Sequence[float]]) -> float:
    """Median over processes of their medians."""
    return median([median(p) for p in processes if len(p)])


def bootstrap(
    processes: Sequence[Sequence[float]], seed: int = 0, resamples: int = RESAMPLES
) -> NDArray[np.float64]:
    """Estimates of resampled processes with resampled repetitions."""
    random = np.random.default_rng(seed)
    filled = [np.asarray(p, dtype=float) for p in processes if len(p)]
    medians = np.stack(
        [np.median(random.choice(p, (resamples, len(filled), len(p))), axis=2) for p in filled]
    )
    # medians[p, r, d]: a resampled median of process p for draw d of resample r.
    drawn = random.integers(0, len(filled), (resamples, len(filled)))
    rows, draws = np.indices(drawn.shape)
    chosen: NDArray[np.float64] = np.median(medians[drawn, rows, draws], axis=1)
    return chosen


def bootstrap_ci(
    processes: Sequence[Sequence[float]],
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float] | None:
    """Percentile interval of the estimate; None with fewer than two processes."""
    if sum(1 for p in processes if len(p)) < 2:
        return None
    return _interval(bootstrap(processes, seed, resamples), confidence)


def ratio_ci(
    a: Sequence[Sequence[float]],
    b: Sequence[Sequence[float]],
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float] | None:
    """Percentile interval of the ratio of two sides' estimates, a over b."""
    if min(sum(1 for p in side if len(p)) for side in (a, b)) < 2:
        return None
    ratios = bootstrap(a, seed, resamples) / bootstrap(b, seed + 1, resamples)
    return _interval(ratios, confidence)


def _interval(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
