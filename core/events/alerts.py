"""Alerts: thresholds for figures from a system's counters."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from zbench.core.errors import check_range
from zbench.core.events.kinds import Measure, PerformanceAlert

LEAST_INTERVAL_S = 1e-6
MOST_INTERVAL_S = 3600.0
NS = 1_000_000_000


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of alerts; None disables one.

    A figure above its threshold makes one PerformanceAlert. The next one follows only after
    the figure was at or below the threshold again.

    Attributes:
        dead_letters: dead letters a second.
        failures: behaviours that raised or failed, a second.
        waiting: messages sent, but neither handled nor dead letters: the content of
            mailboxes and stashes.
        dropped: events dropped for want of room, a second.
        interval: seconds between two readings.

    Raises:
        TypeError: on a value that is no number.
        ValueError: on a threshold below 0, or an interval that is not LEAST_INTERVAL_S to
            MOST_INTERVAL_S.
    """

    dead_letters: float | None = 1_000.0
    failures: float | None = 100.0
    waiting: float | None = 100_000.0
    dropped: float | None = 0.0
    interval: float = 1.0

    def __post_init__(self) -> None:
        for name in ("dead_letters", "failures", "waiting", "dropped"):
            if getattr(self, name) is not None:
                check_range(name, getattr(self, name), 0, math.inf)
        check_range("interval", self.interval, LEAST_INTERVAL_S, MOST_INTERVAL_S)


class Watch:
    """Compares successive readings; has no clock and no thread of its own."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._before: tuple[int, dict[str, int]] | None = None  # ns, totals
        self._above: set[Measure] = set()

    def look(
        self, counters: Mapping[str, int], dropped: int, now_ns: int
    ) -> list[PerformanceAlert]:
        """Alerts for the thresholds passed since the last reading.

        Args:
            counters: totals, as ``ActorSystem.counters`` returns them.
            dropped: events dropped so far.
            now_ns: time of the reading, ns.
        """
        known = self._thresholds
        totals = {
            "dead_letters": counters["dead_letters"],
            "failures": counters["failures"],
            "dropped": dropped,
        }
        done = counters["processed"] + counters["dead_letters"]
        alerts = self._compare("waiting messages", counters["sent"] - done, known.waiting, now_ns)
        if self._before is not None and now_ns > self._before[0]:
            then_ns, earlier = self._before
            rate = {n: (totals[n] - earlier[n]) * NS / (now_ns - then_ns) for n in totals}
            alerts += self._compare(
                "dead letters", rate["dead_letters"], known.dead_letters, now_ns
            )
            alerts += self._compare("failures", rate["failures"], known.failures, now_ns)
            alerts += self._compare("dropped events", rate["dropped"], known.dropped, now_ns)
        self._before = now_ns, totals
        return alerts

    def _compare(
        self, measure: Measure, value: float, threshold: float | None, now_ns: int
    ) -> list[PerformanceAlert]:
        """An alert if a figure is above its threshold and was not at the last reading."""
        if threshold is None or value <= threshold:
            self._above.discard(measure)
            return []
        if measure in self._above:
            return []
        self._above.add(measure)
        return [PerformanceAlert(now_ns, -1, -1, measure, value, threshold)]
