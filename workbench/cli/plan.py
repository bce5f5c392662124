"""``zbench plan``: the targets of docs/targets.md, measured on this machine."""

import sys

import typer
from zbench.cli.common import JsonOption, SettingsOption, check_settings, print_json

MARKS = {True: "met", False: "NOT met", None: "not shown"}


def plan(
    allow_settings: SettingsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure zbench's targets here: target, measured, met or not.

    Exits 1 if a target that could be measured is not met.

    Example: zbench plan
    """
    from zbench.checks.targets import as_dicts, measure_targets
    from zbench.machine import usable_cores

    check_settings(allow_settings)

    def progress(what: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[Kmeasuring {what} ...")

    lines = list(measure_targets(usable_cores(), progress))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if as_json:
        print_json(as_dicts(lines))
    else:
        for line in (
            ["metric", "target", "measured", ""],
            *([x.metric, x.target, x.measured, MARKS[x.met]] for x in lines),
        ):
            sys.stdout.write(f"{line[0]:<27} {line[1]:<19} {line[2]:<28} {line[3]}".rstrip() + "\n")
    if any(line.met is False for line in lines):
        raise typer.Exit(1)
