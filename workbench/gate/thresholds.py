"""The thresholds of the gate; docs/targets.md lists their defaults."""

from dataclasses import dataclass

THROUGHPUT_BELOW = 0.95  # of the baseline's
P99_ABOVE = 1.1  # of the baseline's


@dataclass(frozen=True)
class GateThresholds:
    """Ratios beyond which a change counts."""

    throughput_below: float = THROUGHPUT_BELOW
    p99_above: float = P99_ABOVE
