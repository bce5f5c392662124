"""Turn ``-p key=value`` and ``-p key=v1,v2`` into checked sets of parameters."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from zbench.errors import ParameterError, nearest
from zbench.scenarios.base import Parameter, Scenario, Value

Assignments = dict[str, list[str]]
MOST = 2**1023  # reports draw parameters on a scale of floats
PLAIN_TYPES: Mapping[type, str] = {int: "a whole number", float: "a number", str: "a word"}


def parse_assignments(options: Iterable[str]) -> Assignments:
    """Split the command line's ``key=v1,v2`` texts.

    Raises:
        ParameterError: One of them has no ``=``, no name or no value, or comes twice.
    """
    found: Assignments = {}
    for option in options:
        name, equals, text = option.partition("=")
        values = [value.strip() for value in text.split(",")]
        if not equals or not name.strip() or not all(values):
            msg = f"-p {option!r} is not of the form key=value or key=v1,v2; try -p workers=1,2"
            raise ParameterError(msg)
        if name.strip() in found:
            msg = f"-p {name.strip()} is given twice; give one list: -p {name.strip()}=v1,v2"
            raise ParameterError(msg)
        found[name.strip()] = values
    return found


def check_names(scenarios: Sequence[Scenario], given: Assignments) -> None:
    """Refuse a parameter that none of the chosen scenarios has.

    Raises:
        ParameterError: Names the parameter and the nearest ones.
    """
    known = {parameter.name for scenario in scenarios for parameter in scenario.parameters}
    for name in given:
        if name not in known:
            which = " or ".join(scenario.name for scenario in scenarios[:3])
            listed = ", ".join(sorted(known)) or "none"
            hint = nearest(name, known, "see `zbench list`")
            msg = f"{which} has no parameter {name!r}; it has: {listed}; {hint}"
            raise ParameterError(msg)


def sweep(scenario: Scenario, given: Assignments, quick: bool = False) -> list[dict[str, Value]]:
    """List the parameter sets of one scenario: the product of all lists given.

    Args:
        scenario: The scenario; names that it doesn't have are ignored.
        given: The assignments of the command line.
        quick: Use each parameter's quick value as its default.

    Returns:
        Complete sets, defaults filled in, without repetition.

    Raises:
        ParameterError: A value of the wrong type or out of range.
    """
    axes: list[list[Value]] = []
    for parameter in scenario.parameters:
        texts = given.get(parameter.name)
        if texts is None:
            small = quick and parameter.quick is not None
            axes.append([parameter.quick if small else parameter.default])  # type: ignore[list-item]
        else:
            axes.append(
                list(dict.fromkeys(parse_value(scenario.name, parameter, t) for t in texts))
            )
    names = [parameter.name for parameter in scenario.parameters]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*axes)]


def parse_value(scenario: str, parameter: Parameter, text: str) -> Value:
    """Read one value as the parameter's type and check it against its range.

    Raises:
        ParameterError: Names the parameter, the value, the allowed ones and one to try.
    """
    what = f"parameter {parameter.name} of {scenario}"
    kind = type(parameter.default)
    try:
        value: Value = int(text.replace("_", "")) if kind is int else kind(text)
    except ValueError:
        msg = f"{what} must be {PLAIN_TYPES[kind]}, got {text!r}; try {parameter.default}"
        raise ParameterError(msg) from None
    if kind is int and abs(int(value)) >= MOST:
        msg = f"{what} has {len(text)} digits, which is too many; try {parameter.default}"
        raise ParameterError(msg)
    if parameter.choices and value not in parameter.choices:
        allowed = ", ".join(str(choice) for choice in parameter.choices)
        hint = nearest(text, map(str, parameter.choices), f"try {parameter.default}")
        msg = f"{what} must be one of {allowed}, got {text!r}; {hint}"
        raise ParameterError(msg)
    if not isinstance(value, str) and not _in_range(parameter, value):
        msg = (
            f"{what} must be {allowed_range(parameter)}, got {text}; try {_clamp(parameter, value)}"
        )
        raise ParameterError(msg)
    return value


def allowed_range(parameter: Parameter) -> str:
    """Word the values that a parameter takes."""
    if parameter.choices:
        return "one of " + ", ".join(str(choice) for choice in parameter.choices)
    low, high = parameter.low, parameter.high
    if low is not None and high is not None:
        return f"{_bound(low)} to {_bound(high)}"
    if low is not None:
        return f"at least {_bound(low)}"
    return "any" if high is None else f"at most {_bound(high)}"


def _bound(value: float) -> str:
    """A bound as the command line takes it: a whole number with all its digits."""
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def _in_range(parameter: Parameter, value: float) -> bool:
    too_low = parameter.low is not None and not value >= parameter.low
    too_high = parameter.high is not None and not value <= parameter.high
    return not (too_low or too_high) and value == value and abs(value) != float("inf")


def _clamp(parameter: Parameter, value: float) -> str:
    if parameter.low is not None and value < parameter.low:
        return _bound(parameter.low)
    if parameter.high is not None and value > parameter.high:
        return _bound(parameter.high)
    return str(parameter.default)
