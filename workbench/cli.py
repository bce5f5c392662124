"""The command line: what each command takes; the work is done elsewhere, imported late."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zbench.errors import ZbenchError
from zbench.plan_command import plan

app = typer.Typer(
    name="zbench",
    help="Measure, profile, compare and guard actor runtimes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StoreOption = Annotated[
    str | None, typer.Option("--store", help="Address or path of the store; default: yours.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("-p", help="A parameter, key=value; key=v1,v2 sweeps over values."),
]


@app.command("list")
def list_scenarios(as_json: JsonOption = False) -> None:
    """List the scenarios with their parameters and defaults.

    Example: zbench list
    """
    from zbench import listing

    listing.scenarios(as_json)


@app.command()
def run(
    names: Annotated[list[str], typer.Argument(help="Scenarios, or files that define some.")],
    parameters: ParameterOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, two processes.")] = False,
    processes: Annotated[int | None, typer.Option(min=1, max=1000, help="Processes each.")] = None,
    save: Annotated[str | None, typer.Option("--save", help="Label to find the run by.")] = None,
    store: StoreOption = None,
    report: Annotated[str, typer.Option(help="File of the report, or none.")] = "report.html",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds a process may take.")] = 300.0,
    as_json: JsonOption = False,
) -> None:
    """Run scenarios: measure, show, keep, write the report.

    Exits 1 if an answer was wrong or a process failed, 130 after Ctrl-C; what was
    measured is kept all the same.

    Example: zbench run ping-pong -p workers=1,2 --save before
    """
    from zbench import run_command

    options = run_command.Options(
        names, parameters or [], quick, processes, save, store, report, timeout, as_json
    )
    raise typer.Exit(run_command.run(options))


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="So many of the newest.")] = 20,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs that are kept, newest first.

    Example: zbench runs --limit 5
    """
    from zbench import listing

    listing.runs(store, limit, as_json)


@app.command()
def show(
    reference: Annotated[str, typer.Argument(metavar="RUN", help="Number, label, or latest.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run that is kept.

    Example: zbench show latest
    """
    from zbench import listing

    listing.show(store, reference, as_json)


@app.command()
def export(
    reference: Annotated[str, typer.Argument(metavar="RUN", help="Number, label, or latest.")],
    form: Annotated[
        str, typer.Option("--format", help="pyperf, csv, json or markdown.")
    ] = "json",
    output: Annotated[Path | None, typer.Option("-o", help="File; default: print.")] = None,
    store: StoreOption = None,
) -> None:
    """Write a run in a format of other tools.

    Example: zbench export latest --format pyperf -o latest.json
    """
    from zbench.export import export as exported
    from zbench.files import write
    from zbench.store import Store

    text = exported(Store(store).get(reference), form)
    if output is None:
        sys.stdout.write(text)
    else:
        write(output, text)


@app.command()
def report(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Default: latest.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", help="File of the report.")] = Path("report.html"),
    show_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    store: StoreOption = None,
) -> None:
    """Write a report of one or more runs: one HTML file that needs no network.

    Example: zbench report before after -o compare.html --open
    """
    from zbench.files import write
    from zbench.reports.page import render
    from zbench.store import Store

    kept = Store(store)
    write(output, render([kept.get(r) for r in references or ["latest"]]))
    sys.stdout.write(f"report: {output}\n")
    if show_it:
        typer.launch(str(output))


app.command()(plan)


def main() -> None:
    """Run the command line; an error raised on purpose is one line and its exit code."""
    try:
        app()
    except ZbenchError as error:
        sys.stderr.write(f"zbench: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("zbench: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough


if __name__ == "__main__":
    main()
