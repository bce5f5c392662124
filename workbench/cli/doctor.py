"""``zbench doctor``: causes of unreliable figures on this machine."""

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from zbench.cli.common import JsonOption
from zbench.cli.output import print_json, say, terminal_width

if TYPE_CHECKING:
    from zbench.checks.doctor import Finding

WIDTH = 80
NARROW = 60  # below, texts begin at the left


def doctor(
    as_json: JsonOption = False,
) -> None:
    """Say what on this machine makes figures unreliable, and what to do.

    Example: zbench doctor
    """
    from zbench.checks.doctor import examine

    findings = examine()
    if as_json:
        print_json([asdict(f) for f in findings])
        return
    for finding in findings:
        for line in lines(finding, min(WIDTH, terminal_width())):
            say(line)


def lines(finding: "Finding", width: int = WIDTH) -> list[str]:
    """A finding as lines of at most some columns; only a longer word exceeds them."""
    head, below = f"{finding.state:<8} {finding.name:<15} ", " " * 25
    if width < NARROW:  # no room for columns
        head, below = "", "  "
    first = finding.found if head else f"{finding.state}: {finding.name}: {finding.found}"
    parts = [(head, first)]
    if finding.effect:
        parts += [(f"{below}effect: ", finding.effect), (f"{below}to do:  ", finding.remedy)]
    return [
        line
        for start, text in parts
        for line in textwrap.wrap(
            text,
            width,
            initial_indent=start,
            subsequent_indent=" " * len(start) if head else "    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
