"""Attempts that may fail, and progress, of any measuring in rounds."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

MOST_DEATHS = 2  # dead processes of one item after which no more are started


@dataclass(kw_only=True)
class ProcessEnd:
    """The end of a process."""

    wrong: str | None = None  # the answer that failed its check
    failure: str | None = None  # how it died, as a sentence
    raised: bool = False  # whether the scenario's own code raised, or returned no sample
    timed_out: bool = False
    interrupted: bool = False


class Attempts(ABC):
    """The processes that measured one item."""

    @abstractmethod
    def attempts(self) -> Sequence[ProcessEnd]:
        """Every process so far, in order."""

    @property
    def wrong(self) -> str | None:
        """The first wrong answer."""
        return next((end.wrong for end in self.attempts() if end.wrong is not None), None)

    @property
    def failures(self) -> list[str]:
        """The causes of dead processes, one sentence each."""
        return [end.failure for end in self.attempts() if end.failure is not None]

    @property
    def raised(self) -> bool:
        """Whether the scenario's own code raised, which it will do again."""
        return any(end.raised for end in self.attempts())

    @property
    def hopeless(self) -> bool:
        """Whether further processes would only waste time."""
        timed_out = any(end.timed_out for end in self.attempts())
        deaths = len(self.failures) >= MOST_DEATHS
        return bool(self.wrong or timed_out or self.raised or deaths)


@dataclass(frozen=True)
class Progress:
    """The progress of a session: before process ``done`` of ``total`` starts, and at the end."""

    done: int
    total: int
    what: str
    median_ns: float | None = None  # a message, so far
    round_ended: bool = False
