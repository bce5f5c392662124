"""Estimates and their intervals: arrays in, numbers out.

Repetitions inside a process share its memory layout and its luck, so the process is the
unit: an estimate is the median over processes of their medians, and the bootstrap draws
processes first and repetitions within them second (Kalibera and Jones, "Rigorous
benchmarking in reasonable time", ISMM 2013).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
BLOCK_VALUES = 1_000_000  # values held at once while resampling, 8 MB an array


def median(values: Sequence[float]) -> float:
    """Median of some values; nan of none."""
    return float(np.median(values)) if len(values) else float("nan")


def medians(samples: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Median of each name over those samples that have it."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        for name, value in sample.items():
            found.setdefault(name, []).append(float(value))
    return {name: median(values) for name, values in found.items()}


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
    filled = [p for p in processes if len(p)]
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(filled), (resamples, len(filled)))
    return _resampled(filled, drawn, random)


def _resampled(
    filled: Sequence[Sequence[float]], drawn: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.float64]:
    """One estimate a row of drawn processes, each with its repetitions drawn anew."""
    lengths = np.array([len(p) for p in filled])
    table = np.zeros((len(filled), lengths.max()))
    for row, values in zip(table, filled, strict=True):
        row[: len(values)] = values
    # In blocks of resamples: memory doesn't grow with the square of the processes.
    size = max(1, BLOCK_VALUES // table.size)
    blocks = [drawn[i : i + size] for i in range(0, len(drawn), size)]
    return np.concatenate([_block(table, lengths, block, random) for block in blocks])


def _block(
    table: NDArray[np.float64],
    lengths: NDArray[np.int64],
    drawn: NDArray[np.int64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Estimates of some resamples."""
    medians = np.empty(drawn.shape)
    of = lengths[drawn]
    for length in np.unique(of):  # an interrupted run has processes with fewer values
        where = of == length
        rows = drawn[where][:, None]
        picked = table[rows, random.integers(0, length, (len(rows), length))]
        medians[where] = np.median(picked, axis=1)
    estimates: NDArray[np.float64] = np.median(medians, axis=1)
    return estimates


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
    paired: bool = False,
) -> tuple[float, float] | None:
    """Percentile interval of the ratio of two sides' estimates, a over b.

    Args:
        a: Values of the upper side, a sequence a process.
        b: Values of the lower side.
        confidence: Share of such intervals that hold the true ratio.
        seed: Of the random draws.
        resamples: How many ratios are drawn.
        paired: Process k of both sides ran in round k of one session; rounds are then drawn
            for both at once, so that a slow phase of the machine that both shared cancels out.

    Returns:
        The interval; None with fewer than two processes (or shared rounds) or where the
        lower side may be zero.

    Raises:
        ValueError: Paired sides have different numbers of processes.
    """
    if paired:
        rounds = [(p, q) for p, q in zip(a, b, strict=True) if len(p) and len(q)]
        a, b = [p for p, _ in rounds], [q for _, q in rounds]
    if min(sum(1 for p in side if len(p)) for side in (a, b)) < 2:
        return None
    if paired:
        random = np.random.default_rng(seed)
        drawn = random.integers(0, len(a), (resamples, len(a)))
        upper, lower = _resampled(a, drawn, random), _resampled(b, drawn, random)
    else:
        upper, lower = bootstrap(a, seed, resamples), bootstrap(b, seed + 1, resamples)
    return _interval(upper / lower, confidence) if (lower > 0).all() else None


def _interval(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
