"""The parts of a scenario: parameters, the result of one run, the check of its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Value = int | float | str
Parameters = Mapping[str, Value]


class Category(StrEnum):
    """Classes of benchmarks, and the machine's floors."""

    MICRO = "micro"
    END_TO_END = "end-to-end"
    STRESS = "stress"
    FLOOR = "floor"


@dataclass(frozen=True)
class Parameter:
    """One typed parameter with its default and its range.

    The type is the default's. ``low`` and ``high`` are inclusive; ``choices`` lists
    the allowed values where a range makes no sense.
    """

    name: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    quick: Value | None = None  # the value that --quick uses instead of the default


@dataclass(frozen=True)
class Sample:
    """One verified run of a scenario: raw figures, never a mean.

    ``elapsed_ns`` covers the timed region only; ``messages`` is counted at the
    receivers. ``error`` describes the fault of a wrong answer; a sample with an error
    is a failed run and its time is not used. ``latency`` holds the counts of the
    log-linear histogram of ``zbench.core.metrics.histogram``, or None where latency is not
    recorded. ``answer`` is the actors' result, for scenarios that other runtimes share.
    """

    elapsed_ns: int
    messages: int
    error: str | None = None
    latency: NDArray[np.int64] | None = None
    extra: dict[str, float] = field(default_factory=dict)
    answer: int | None = None


class Prepared(Protocol):
    """A scenario built and compiled for one set of parameters, ready to be timed."""

    def run(self) -> Sample:
        """Run once and check the answer."""

    def close(self) -> None:
        """Stop threads and give memory back."""


@dataclass(frozen=True)
class Scenario:
    """A named benchmark: its parameters, its construction and its floors.

    ``prepare`` compiles everything, so that ``run`` never does. ``floors`` names the
    floor scenarios whose nanoseconds a message are this scenario's physical limit.
    """

    name: str
    purpose: str
    category: Category
    parameters: tuple[Parameter, ...]
    prepare: Callable[[Parameters], Prepared]
    floors: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)  # name -> unit and meaning
