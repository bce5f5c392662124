"""Numbers with units, short enough for a table."""

import math


def nanoseconds(value: float) -> str:
    """A duration given in nanoseconds, in the unit that suits it."""
    if not math.isfinite(value):
        return "-"
    for limit, divisor, unit in ((1e3, 1.0, "ns"), (1e6, 1e3, "us"), (1e9, 1e6, "ms")):
        if abs(value) < limit:
            return f"{value / divisor:.3g} {unit}"
    return f"{value / 1e9:.3g} s"


def rate(per_second: float) -> str:
    """A number of things a second, in the unit that suits it."""
    if not math.isfinite(per_second):
        return "-"
    for limit, divisor, unit in ((1e3, 1.0, ""), (1e6, 1e3, "K"), (1e9, 1e6, "M")):
        if abs(per_second) < limit:
            return f"{per_second / divisor:.3g}{unit}/s"
    return f"{per_second / 1e9:.3g}G/s"
