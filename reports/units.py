"""Numbers with units, three significant digits, short enough for a table."""

import math
from collections.abc import Sequence

TIMES = ((1.0, " ns"), (1e3, " us"), (1e6, " ms"), (1e9, " s"))
RATES = ((1.0, "/s"), (1e3, "K/s"), (1e6, "M/s"), (1e9, "G/s"))
SMALL_RATIO = 0.1  # below it a fraction is easier to read
SMALLEST = 1e-3  # of the smallest unit; below it only a bound is shown


def nanoseconds(value: float) -> str:
    """Return a duration given in nanoseconds in the unit that suits it."""
    return _scaled(value, TIMES)


def rate(per_second: float) -> str:
    """Return a number of things a second in the unit that suits it."""
    return _scaled(per_second, RATES)


def ratio(value: float) -> str:
    """Return a ratio with three digits, a small one as a fraction: 1/93."""
    return f"1/{1 / value:.0f}" if 0 < value < SMALL_RATIO else f"{value:.3g}"


def _scaled(value: float, units: Sequence[tuple[float, str]]) -> str:
    if not math.isfinite(value):
        return "-"
    rounded = float(f"{value:.3g}")  # first, so that 999.7 becomes 1 of the next unit
    if 0 < abs(rounded) < SMALLEST:
        return f"< {SMALLEST:g}{units[0][1]}"
    size, unit = units[0]
    for size_here, unit_here in units:
        if abs(rounded) >= size_here:
            size, unit = size_here, unit_here
    scaled = rounded / size
    if abs(scaled) >= 1e6:
        return f"{scaled:.2e}{unit}"
    return f"{scaled:,.0f}{unit}" if abs(scaled) >= 1e3 else f"{scaled:.3g}{unit}"
