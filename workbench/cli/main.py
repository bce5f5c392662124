"""The command line: registers the commands and words every error in one line.

Only typer is imported here; commands import what they need when they run, so that
``zbench --help`` answers at once.
"""

import os
import signal
import sys
from types import FrameType
from typing import Annotated

import typer
from zbench import __version__
from zbench.cli import browse, peers
from zbench.cli.cache import cache
from zbench.cli.common import INTERRUPTED
from zbench.cli.doctor import doctor
from zbench.cli.gate import gate
from zbench.cli.plan import plan
from zbench.cli.run import run
from zbench.cli.versus import versus
from zbench.errors import ZbenchError

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
        sys.stdout.write(f"zbench {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Measure, profile, compare and guard actor runtimes.

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
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except ZbenchError as error:
        code = _complain(str(error), error.exit_code)
    except UsageError as error:
        code = _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = _complain("interrupted; nothing was measured", INTERRUPTED)
    except BrokenPipeError:  # the reader, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: Exception) -> int:
    """Word a misuse of the command line; no arguments means help."""
    message = str(getattr(error, "format_message", lambda: error)())
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(message + "\n")
        return 2
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "zbench"
    return _complain(f"{message.rstrip('.')}; see `{command} --help`", 2)


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"zbench: {line}\n")
    return code


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C, so that measured values are kept."""
    raise KeyboardInterrupt
