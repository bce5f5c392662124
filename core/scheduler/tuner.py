"""The tuner: changes a system's settings while it runs, by readable rules.

A thread reads the counters at every interval and changes at most one setting, so that
the effect of a change can be seen in the next interval:

1. A change that made throughput fall by more than WORSE is taken back, and not tried
   again for RESTS intervals.
2. Batch: halved while a run of an actor takes longer than the target on average, doubled
   while runs use up their batch in less than half of the target.
3. Actors stolen at once: halved while more than half of the attempts lose a race, doubled
   while thieves are successful and more than a tenth of the runs are stolen.
4. Spins: doubled while workers go to sleep more than SLEEPY times a second, reduced by a
   quarter, down to the default, while none does.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import monotonic

from zbench.core.errors import check_range
from zbench.core.memory.layout import shared_words
from zbench.core.scheduler.settings import RANGES, Settings

WORSE = 0.1
RESTS = 20
QUIET = 1000  # messages of an interval; with fewer there is no decision
SLEEPY = 500.0
MOST_HISTORY = 1000


@dataclass(frozen=True)
class Reading:
    """Counters of one interval, on which the rules decide.

    Attributes:
        seconds: length of the interval.
        workers: number of workers.
        processed: messages handled.
        runs: runs of actors.
        attempts: attempts to steal.
        steals: actors stolen.
        parks: times that workers went to sleep.
    """

    seconds: float
    workers: int
    processed: int
    runs: int
    attempts: int
    steals: int
    parks: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.processed / self.seconds

    @property
    def run_us(self) -> float:
        """Mean time of a run, which includes the workers' idle time."""
        return self.seconds * self.workers * 1e6 / max(1, self.runs)


@dataclass(frozen=True)
class Decision:
    """One change of one setting, and its reason."""

    setting: str
    before: int
    after: int
    why: str
    rate: float  # messages a second before the change
    at_s: float = 0.0  # since the tuner was started

    def undone(self, rate: float) -> "Decision":
        """The change that takes this one back."""
        why = f"throughput fell from {self.rate:.3g} to {rate:.3g} messages a second"
        return Decision(self.setting, self.after, self.before, why, rate)


def decide(
    now: Reading,
    settings: Mapping[str, int],
    target_us: float,
    resting: Collection[str] = (),
) -> Decision | None:
    """Apply rules 2 to 4 to an interval; resting settings stay unchanged."""
    if now.processed < QUIET:
        return None
    for setting, factor, why in _wishes(now, settings, target_us):
        _, low, high = RANGES[setting]
        before = settings[setting]
        after = min(high, max(low, int(before * factor)))
        if after != before and setting not in resting:
            return Decision(setting, before, after, why, now.rate)
    return None


def _wishes(
    now: Reading, settings: Mapping[str, int], target_us: float
) -> list[tuple[str, float, str]]:
    """Every rule that applies: setting, factor and reason."""
    wishes = []
    filled = now.processed / max(1, now.runs) > settings["batch"] / 2
    took = f"a run takes {now.run_us:.3g} us, the target is {target_us:g}"
    if filled and now.run_us > target_us:
        wishes.append(("batch", 0.5, took))
    elif filled and now.run_us < target_us / 2:
        wishes.append(("batch", 2.0, took))
    if now.attempts >= now.seconds * SLEEPY:
        stole = f"{now.steals} of {now.attempts} attempts to steal succeeded"
        if now.steals < now.attempts / 2:
            wishes.append(("steal_most", 0.5, stole))
        elif now.steals > now.runs / 10:
            wishes.append(("steal_most", 2.0, stole))
    sleeps = now.parks / now.seconds / now.workers
    if sleeps > SLEEPY:
        wishes.append(("spins", 2.0, f"a worker sleeps {sleeps:.3g} times a second"))
    elif now.parks == 0 and settings["spins"] > shared_words.SPINS:
        back = max(0.75, shared_words.SPINS / settings["spins"])
        wishes.append(("spins", back, "no worker sleeps"))
    return wishes


class Tuner:
    """Tunes a running system until it is stopped.

    Args:
        interval: seconds between two readings.
        target_us: longest mean duration of a run of an actor.

    Attributes:
        history: the last decisions, oldest first.

    Raises:
        ValueError: on a value out of its range.
    """

    def __init__(self, interval: float = 0.1, target_us: float = 200.0) -> None:
        check_range("interval", interval, 0.001, 3600)
        check_range("target_us", target_us, 1, 1e9)
        self.history: deque[Decision] = deque(maxlen=MOST_HISTORY)
        self._interval = interval
        self._target_us = target_us
        self._resting: dict[str, int] = {}
        self._last: Decision | None = None
        self._ends = threading.Event()
        self._abandoned = False
        self._thread: threading.Thread | None = None

    def start(
        self, counters: Callable[[], Mapping[str, int]], settings: Settings, workers: int
    ) -> None:
        """Start the thread. Caller: the system that the tuner was given to."""
        if self._thread is not None:
            msg = "a tuner belongs to one system, make another one"
            raise ValueError(msg)
        self._thread = threading.Thread(
            target=self._run, args=(counters, settings, workers), name="zbench-tuner", daemon=True
        )
        self._thread.start()

    def abandon(self) -> None:
        """Have the thread end after its interval; takes no lock."""
        self._abandoned = True

    def close(self, timeout: float | None = None) -> None:
        """End the thread; settings stay as they are."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(
        self, counters: Callable[[], Mapping[str, int]], settings: Settings, workers: int
    ) -> None:
        began = then = monotonic()
        before = counters()
        while not self._ends.wait(self._interval) and not self._abandoned:
            after, now = counters(), monotonic()
            reading = read(before, after, now - then, workers)
            before, then = after, now
            decision = self.step(reading, settings.as_dict())
            if decision is not None:
                settings.store(decision.setting, decision.after)
                values = {**vars(decision), "at_s": now - began}
                self.history.append(Decision(**values))

    def step(self, reading: Reading, settings: Mapping[str, int]) -> Decision | None:
        """Decide after one reading, given the effect of the last decision."""
        self._resting = {name: left - 1 for name, left in self._resting.items() if left > 1}
        last, self._last = self._last, None
        if last is not None and reading.rate < last.rate * (1 - WORSE):
            self._resting[last.setting] = RESTS
            return last.undone(reading.rate)
        self._last = decide(reading, settings, self._target_us, self._resting)
        return self._last


def read(
    before: Mapping[str, int], after: Mapping[str, int], seconds: float, workers: int
) -> Reading:
    """Difference of two readings of the counters."""
    by = {name: after[name] - before[name] for name in after}
    return Reading(
        seconds,
        workers,
        by["processed"],
        by["runs"],
        by["steal_attempts"],
        by["steals"],
        by["parks"],
    )


def tuner_of(tuner: bool | Tuner) -> Tuner | None:
    """The tuner that ``ActorSystem(tuner=...)`` asks for, or None."""
    if isinstance(tuner, Tuner):
        return tuner
    return Tuner() if tuner else None
