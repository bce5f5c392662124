"""Warnings about doubtful figures, each sentence ending in the remedy."""

from collections.abc import Sequence

from zbench.core.compile.settings import in_words
from zbench.measure.rounds import Attempts

UNSTABLE_SPREAD = 0.10  # median absolute deviation over median: beyond, 5 % is lost in noise
FEWEST_PROCESSES = 3  # below, the interval hardly reflects how processes differ
ENOUGH_PROCESSES = 5
SETTINGS = "compiler_settings"  # of a run's host


def settings_mark() -> dict[str, str]:
    """The mark of a run that was measured under other settings of the compiler; else empty."""
    settings = in_words()
    return {SETTINGS: settings} if settings else {}


def doubts(
    attempts: Attempts,
    complete: bool,
    spread: float | None,
    processes: int,
    *,
    repair: str,
    unit: str,
    particular: Sequence[str] = (),
) -> list[str]:
    """List the reasons to doubt one result.

    Args:
        attempts: The processes behind the result.
        complete: Whether the session ran to its end.
        spread: Median absolute deviation over median of the values.
        processes: How many processes have values.
        repair: The thing to fix if an answer was wrong.
        unit: The command line's word for processes: processes or rounds.
        particular: Doubts that only this kind of session has.
    """
    found = []
    if attempts.wrong is not None:
        found.append(f"the answer was wrong: {attempts.wrong}; no time is shown, fix {repair}")
    found += dict.fromkeys(attempts.failures)
    if not complete:
        found.append(f"the run was interrupted: fewer {unit} than asked for; run it again")
    found += particular
    if settings := settings_mark().get(SETTINGS):
        found.append(f"measured under {settings}, which changes the machine code; unset it")
    if spread is not None and spread > UNSTABLE_SPREAD:
        found.append(
            f"unstable: values spread by {spread:.0%} around the median; "
            "stop other programs and see `zbench doctor`"
        )
    if 0 < processes < FEWEST_PROCESSES:
        found.append(
            f"only {processes} process{'es' * (processes > 1)}, so the interval is rough; "
            f"use --{unit} {ENOUGH_PROCESSES}"
        )
    return found
