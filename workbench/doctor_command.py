"""``zbench doctor``: what on this machine makes figures unreliable."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one array for scripts.")] = False,
) -> None:
    r"""Say what on this machine makes figures unreliable, and what to do.

    \b
    Example: zbench doctor
    """
    from zbench.doctor import examine

    findings = examine()
    if as_json:
        sys.stdout.write(json.dumps([asdict(f) for f in findings], indent=2) + "\n")
        return
    for finding in findings:
        sys.stdout.write(f"{finding.state:<8} {finding.name:<15} {finding.found}\n")
        if finding.effect:
            sys.stdout.write(f"{'':<24} effect: {finding.effect}\n")
            sys.stdout.write(f"{'':<24} to do: {finding.remedy}\n")
