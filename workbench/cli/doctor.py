"""``zbench doctor``: causes of unreliable figures on this machine."""

import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from zbench.cli.common import JsonOption, print_json

if TYPE_CHECKING:
    from zbench.checks.doctor import Finding

WIDTH = 80


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
        for line in lines(finding):
            sys.stdout.write(line + "\n")


def lines(finding: "Finding") -> list[str]:
    """A finding as lines of at most 80 columns; only a longer word exceeds them."""
    parts = [(f"{finding.state:<8} {finding.name:<15} ", finding.found)]
    if finding.effect:
        parts += [(f"{'':<25}effect: ", finding.effect), (f"{'':<25}to do:  ", finding.remedy)]
    return [
        line
        for head, text in parts
        for line in textwrap.wrap(
            text,
            WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
