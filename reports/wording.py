"""Names of results, worded alike on pages, in tables and in files."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from zbench.reports.model import Result

NUMBER = re.compile(r"\d+(?:\.\d+)?")
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


def grouped_warnings(results: "Sequence[Result]") -> list[tuple[str, list[int]]]:
    """Return each distinct warning with the indices of its results, failures first.

    Warnings that differ only in their numbers become one, with the range of each number;
    failures don't.
    """
    failed: dict[str, list[tuple[str, int]]] = {}
    other: dict[str, list[tuple[str, int]]] = {}
    for place, result in enumerate(results):
        said = result.warnings
        if not result.ok and result.attempted and not said:
            said = ["failed, so there is no figure; run it alone to see why"]
        for text in said:
            if result.ok:
                other.setdefault(NUMBER.sub("#", text), []).append((text, place))
            else:
                failed.setdefault(text, []).append((text, place))
    return [
        (_ranged([text for text, _ in found]), [place for _, place in found])
        for found in (*failed.values(), *other.values())
    ]


def _ranged(texts: list[str]) -> str:
    """One wording for texts that differ in their numbers only."""
    columns = (sorted(set(c), key=float) for c in zip(*map(NUMBER.findall, texts), strict=True))
    ranges = (c[0] if len(c) == 1 else f"{c[0]} to {c[-1]}" for c in columns)
    return NUMBER.sub(lambda _: next(ranges), texts[0])
