"""The parts of a scenario: parameters, the result of one run, the check of its answer."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from numbers import Integral, Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Value = int | float | str
Parameters = Mapping[str, Value]
NAME = re.compile(r"\w[\w.+-]*")  # a word of the command line
MOST_MESSAGES = (1 << 63) - 1


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

    Raises:
        TypeError: A field of the wrong type.
        ValueError: A name that is no word, or a default that isn't allowed.
    """

    name: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    quick: Value | None = None  # the value that --quick uses instead of the default

    def __post_init__(self) -> None:
        """Refuse what no command line could set."""
        _check_name("a parameter", self.name)
        what = f"parameter {self.name}"
        kind = type(self.default)
        if kind not in (int, float, str):
            need = "choices=('off', 'on')" if kind is bool else "int(...), float(...) or str(...)"
            _refuse(f"the default of {what}", "an int, a float or a str", self.default, need)
        _check_type(f"help of {what}", self.help, str)
        _check_members(f"choices of {what}", self.choices, kind)
        for bound in (self.low, self.high):
            if bound is not None and (kind is str or not _is_number(bound)):
                allowed = "None, as it is a word" if kind is str else "numbers or None"
                _refuse(f"low and high of {what}", allowed, bound, "use choices for words")
        if self.quick is not None and type(self.quick) is not kind:
            _refuse(f"quick of {what}", f"of its default's type, {kind.__name__}", self.quick)
        for value in (self.default, *(() if self.quick is None else (self.quick,))):
            self._check_allowed(value)

    def _check_allowed(self, value: Value) -> None:
        """Refuse a default, or a quick value, that the command line would refuse."""
        if self.choices and value not in self.choices:
            msg = f"parameter {self.name}: {value!r} is not among its choices {self.choices}"
            raise ValueError(msg)
        if isinstance(value, str):
            return
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= value <= high or not math.isfinite(value):
            msg = f"parameter {self.name}: {value!r} is not in its range, {low} to {high}"
            raise ValueError(msg)


@dataclass(frozen=True)
class Sample:
    """One run of a scenario: raw figures, never a mean.

    ``elapsed_ns`` covers the timed region only; ``messages`` is counted at the
    receivers. ``error`` describes the fault of a wrong answer; a sample with an error
    is a failed run and its time is not used. ``checked`` says that ``run`` compared the
    answer with the right one; otherwise the figure is shown as not verified. ``latency`` holds
    the counts of the log-linear histogram of ``zbench.core.metrics.histogram``, or None where
    latency is not recorded. ``answer`` is the actors' result, for scenarios that other
    runtimes share.

    Raises:
        TypeError: A field of the wrong type.
        ValueError: A time or a count that can't be, without an error that explains it.
    """

    elapsed_ns: int
    messages: int
    error: str | None = None
    latency: NDArray[np.int64] | None = None
    extra: dict[str, float] = field(default_factory=dict)
    answer: int | None = None
    checked: bool = False

    def __post_init__(self) -> None:
        """Refuse figures that can't be used."""
        if self.error is not None:
            _check_type("error of a Sample", self.error, str, "None for a right answer")
            return
        messages: Any = self.messages
        checked: Any = self.checked
        if not isinstance(checked, bool | np.bool_):
            _refuse("checked of a Sample", "True or False", checked)
        extra: Any = self.extra
        if not _is_number(self.elapsed_ns) or not 1 <= self.elapsed_ns <= MOST_MESSAGES:
            allowed = "a number of nanoseconds, at least 1"
            _refuse("elapsed_ns of a Sample", allowed, self.elapsed_ns, error=ValueError)
        whole = isinstance(messages, Integral) and not isinstance(messages, bool)
        if not whole or not 1 <= messages <= MOST_MESSAGES:
            allowed = "a whole number from 1 to 2**63 - 1"
            _refuse("messages of a Sample", allowed, messages, error=ValueError)
        if self.latency is not None and not _is_counts(self.latency):
            _refuse("latency of a Sample", "None or a row of counts from 0, int64", self.latency)
        if not isinstance(extra, Mapping):
            _refuse("extra of a Sample", "a dict of names and numbers", extra)
        for key, value in extra.items():
            if not isinstance(key, str) or not _is_number(value, finite=False):
                _refuse("extra of a Sample", "a dict of names and numbers", {key: value})


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
    ``prepare`` is given by keyword: ``Scenario("mine", "what it measures", prepare=build)``.

    Raises:
        TypeError: A field of the wrong type.
        ValueError: A name that is no word, an unknown category, a parameter twice.
    """

    name: str
    purpose: str
    category: Category = Category.MICRO
    parameters: tuple[Parameter, ...] = ()
    prepare: Callable[[Parameters], Prepared] = field(kw_only=True)
    floors: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)  # name -> unit and meaning

    def __post_init__(self) -> None:
        """Refuse what could neither be listed nor run."""
        _check_name("a scenario", self.name)
        what = f"scenario {self.name}"
        _check_type(f"purpose of {what}", self.purpose, str)
        if self.category not in list(Category):
            allowed = "one of " + ", ".join(f"Category.{c.name}" for c in Category)
            _refuse(f"category of {what}", allowed, self.category, error=ValueError)
        _check_members(f"parameters of {what}", self.parameters, Parameter)
        names = [parameter.name for parameter in self.parameters]
        if len(set(names)) < len(names):
            msg = f"{what} has two parameters of the same name: {', '.join(names)}"
            raise ValueError(msg)
        prepare: Any = self.prepare
        if not callable(prepare):
            _refuse(f"prepare of {what}", "a function of the parameters", prepare)
        _check_members(f"floors of {what}", self.floors, str)
        _check_type(f"extras of {what}", self.extras, Mapping, "names and their meaning")
        _check_members(f"names of the extras of {what}", list(self.extras), str)
        _check_members(f"meanings of the extras of {what}", list(self.extras.values()), str)


def shown(value: object) -> str:
    """Word a wrong value: its type, and itself where it is short."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # its __repr__ is user code
        text = ""
    kind = type(value).__name__
    if value is None:
        return "None"
    return f"{text} of type {kind}" if 0 < len(text) <= 60 else f"an object of type {kind}"


def _refuse(
    what: str, allowed: str, value: object, remedy: str = "", error: type[Exception] = TypeError
) -> None:
    raise error(f"{what} must be {allowed}, got {shown(value)}" + (remedy and f"; {remedy}"))


def _check_type(what: str, value: object, kind: type, remedy: str = "") -> None:
    if not isinstance(value, kind):
        _refuse(what, f"of type {kind.__name__}", value, remedy)


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.endswith(".py"):
        _refuse(f"the name of {what}", "a word such as ping-pong", name, error=ValueError)


def _check_members(what: str, members: object, kind: type) -> None:
    allowed = f"a tuple of {kind.__name__}"
    if not isinstance(members, tuple | list):
        _refuse(what, allowed, members, "a tuple of one has a comma: (a,)")
    for member in members:  # type: ignore[attr-defined]
        if type(member) is not kind and not (kind is Parameter and isinstance(member, Parameter)):
            _refuse(what, allowed, member)


def _is_number(value: Any, finite: bool = True) -> bool:
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    return number and (not finite or math.isfinite(value))


def _is_counts(value: Any) -> bool:
    row = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iu"
    return row and not bool(((value < 0) | (value > MOST_MESSAGES)).any())
