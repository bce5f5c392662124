"""Faults of actors in a worker process: name them, and end runs that can't end any more.

An actor whose behaviour raises stops, and nobody else may notice: the scenario then waits for
an answer that never comes.
"""

import contextlib
import gc
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from zbench.errors import ScenarioError

if TYPE_CHECKING:
    from zbench.core import ActorSystem

FIRST_LOOK_S = 2.0  # runs that take less are never disturbed
NEXT_LOOKS_S = 0.5


def systems() -> "list[ActorSystem]":
    """All actor systems of this process, without keeping any alive."""
    module = sys.modules.get("zbench.core.system.system")
    if module is None:
        return []
    return [found for found in gc.get_objects() if issubclass(type(found), module.ActorSystem)]


def first_fault() -> str | None:
    """The first fault of an actor of this process as a line; None if there was none."""
    if not (found := systems()):
        return None
    from zbench.scenarios.support import faults  # compiled code; only for those who have it

    return next((line for system in found if (line := faults.first_fault(system))), None)


@contextlib.contextmanager
def watched(deadline: float) -> Iterator[None]:
    """Look now and then whether a run waits for an actor that is no more.

    Args:
        deadline: Time of ``time.monotonic`` at which a run with a fault is given up.

    Raises:
        ScenarioError: An actor failed, and the deadline has come, or its system, which has no
            timers and restarts nobody, has been at rest since: no message can end the run.
    """
    if signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield  # the scenario uses the timer itself
        return
    stuck: set[int] = set()

    def look(_signal: int, _frame: FrameType | None) -> None:
        try:
            now = {id(system) for system in systems() if _is_stuck(system)}
            if time.monotonic() > deadline and (fault := first_fault()):
                msg = f"{fault}; the run did not end before its time was up"
                raise ScenarioError(msg)
            if stuck & now:  # twice: Python's thread may have been about to send
                msg = f"{first_fault()}; nothing can end the run any more"
                raise ScenarioError(msg)
            stuck.clear()
            stuck.update(now)
        finally:  # not periodic: a slow look must not be interrupted by the next one
            signal.setitimer(signal.ITIMER_REAL, NEXT_LOOKS_S)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, FIRST_LOOK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _is_stuck(system: "ActorSystem") -> bool:
    may_go_on = system.supervised or len(system.tables.has_timers) > 0
    return not may_go_on and bool(system.faults()) and system.at_rest()
