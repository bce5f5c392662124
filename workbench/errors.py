"""Errors zbench raises on purpose; the command line shows their one line, no traceback."""

import difflib
from collections.abc import Iterable


class ZbenchError(Exception):
    """Base of every error zbench raises on purpose.

    ``exit_code`` is the command line's exit code: 2, bad input or could not run.
    """

    exit_code = 2


class UnknownNameError(ZbenchError, KeyError):
    """A name that is not known."""

    def __str__(self) -> str:
        """Return the message as it is; KeyError would quote it."""
        return str(self.args[0])


class ParameterError(ZbenchError, ValueError):
    """A parameter's value is not usable."""


class ScenarioError(ZbenchError):
    """A scenario could not be loaded."""


class WrongAnswerError(ZbenchError):
    """A scenario's own check refused its answer."""

    exit_code = 1


class InterruptedSessionError(ZbenchError):
    """Ctrl-C ended the measuring; what was measured until then is kept."""

    exit_code = 130


class StoreError(ZbenchError):
    """Results could not be kept or read."""


class PeerError(ZbenchError):
    """A peer could not be read or built."""


def nearest(name: str, known: Iterable[str], remedy: str) -> str:
    """Word the known names that resemble an unknown one, else the way to list them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    close += [known for known in names if name and name in known and known not in close][:3]
    if close:
        return "did you mean " + " or ".join(close[:3]) + "?"
    return remedy
