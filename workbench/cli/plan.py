"""``zbench plan``: the targets of docs/targets.md, measured on this machine."""

import typer
from zbench.cli.common import JsonOption, SettingsOption, check_settings
from zbench.cli.output import passing, print_json

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
        passing(f"measuring {what} ...")

    lines = list(measure_targets(usable_cores(), progress))
    passing()
    if as_json:
        print_json(as_dicts(lines))
    else:
        from zbench.cli import console

        rows = [[x.metric, x.target, x.measured, MARKS[x.met]] for x in lines]
        console.show(["metric", "target", "measured", ""], rows, left=4)
    if any(line.met is False for line in lines):
        raise typer.Exit(1)
