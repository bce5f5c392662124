"""The command line: registers the commands and words every error in one line.

Only typer is imported here; commands import what they need when they run, so that
``zbench --help`` answers at once.
"""

import signal
import sys
from types import FrameType
from typing import Annotated

import typer
from zbench import __version__
from zbench.cli import browse, output, peers
from zbench.cli.cache import cache
from zbench.cli.doctor import doctor
from zbench.cli.gate import gate
from zbench.cli.output import complain
from zbench.cli.plan import plan
from zbench.cli.run import run
from zbench.cli.versus import versus
from zbench.errors import InterruptedSessionError, ZbenchError

INTERRUPTED = InterruptedSessionError.exit_code

# click's ClickException, from the place where typer keeps it.
UsageError: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="zbench",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        output.say(f"zbench {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Measure, compare and guard actor runtimes.

    Example: zbench run ping-pong --quick
    """


app.command("list")(browse.list_scenarios)
app.command()(run)
app.command()(browse.runs)
app.command()(browse.show)
app.command()(browse.export)
app.command()(browse.report)
app.command()(gate)
app.command()(plan)
app.command()(versus)
app.add_typer(peers.app, name="peers")
app.command()(doctor)
app.command()(cache)


def main() -> None:
    """Run the command line and exit with its code."""
    output.prepare()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, _terminate)
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # typer makes it of a Ctrl-C, without a word
            code = complain("interrupted; nothing was measured", INTERRUPTED)
    except ZbenchError as error:
        code = complain(str(error), error.exit_code)
    except UsageError as error:
        code = _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = complain("interrupted; nothing was measured", INTERRUPTED)
    except SystemExit as ended:
        # typer's answer to a reader, such as head, that has had enough
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        code = 0
    except OSError as error:
        code = _system_error(error)
    sys.exit(output.settle(code if isinstance(code, int) else 0))


def _system_error(error: OSError) -> int:
    """Word a refusal of the operating system."""
    if error.filename is None and isinstance(error, FileNotFoundError):
        return complain("the current folder has been removed; change to another one", 2)
    what = "the system refused" if error.filename is None else f"can't use {error.filename}"
    return complain(f"{what}: {error.strerror or error}", 2)


def _usage(error: Exception) -> int:
    """Word a misuse of the command line; no arguments means help."""
    message = str(getattr(error, "format_message", lambda: error)())
    if type(error).__name__ == "NoArgsIsHelpError":
        output.write_raw(message)
        return 2
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "zbench"
    return complain(f"{message.rstrip('.')}; see `{command} --help`", 2)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C, so that measured values are kept."""
    raise KeyboardInterrupt
