"""Names of results, worded alike on pages, in tables and in files."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Named(Protocol):
    """Anything about one scenario at one set of parameters."""

    @property
    def scenario(self) -> str:
        """The scenario's name."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All its parameters."""


def words(parameters: Mapping[str, Any]) -> str:
    """Word parameters as on the command line."""
    return " ".join(f"{name}={value}" for name, value in parameters.items())


def title(result: Named) -> str:
    """Name a result by its scenario and all parameters."""
    return f"{result.scenario} {words(result.parameters)}".rstrip()


def titles(results: Sequence[Named]) -> list[str]:
    """Name each result by its scenario and those parameters that its namesakes don't share."""
    found = []
    for result in results:
        same = [other.parameters for other in results if other.scenario == result.scenario]
        varied = {k: v for k, v in result.parameters.items() if any(s.get(k) != v for s in same)}
        found.append(f"{result.scenario} {words(varied)}".rstrip())
    return found
