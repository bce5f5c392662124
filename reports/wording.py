"""Names of results, worded alike on pages, in tables and in files."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

SHOWN = "\u00a0\u2007\u202f\u3000\u200c\u200d"
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underscore inside a word, as in min_time, is not markup.
MARKUP = re.compile(r"[\\`|*\[\]~&<>]|(?<![^\W_])_|_(?![^\W_])")


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


def plain(text: str) -> str:
    r"""Return text on one line, with a visible escape for what a terminal would act on.

    A line break becomes ``\n``, an escape character ``\x1b``, a byte that isn't UTF-8
    ``\udcff``; letters, spaces and emoji stay.
    """
    if text.isprintable():
        return text
    return "".join(char if _is_shown(char) else _escaped(char) for char in text)


def markdown_cell(text: str) -> str:
    """Return text for a cell of a Markdown table: one line, nothing of it is markup."""
    line = plain(" ".join(text.split()))
    return MARKUP.sub(lambda found: ENTITIES.get(found[0], "\\" + found[0]), line)


def _is_shown(char: str) -> bool:
    # Spaces that do not break the line, and the joiners within emoji.
    return char.isprintable() or char in SHOWN


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
