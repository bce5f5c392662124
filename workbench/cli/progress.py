"""The progress bar of a run: moves between worker processes, never while one measures."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from zbench.measure import rounds


class Bar:
    """Shows on stderr, and only on a terminal, how far a session is."""

    def __init__(self) -> None:
        # No refresh thread: it would compete with the scenario for a core.
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[median]}"),
            console=Console(file=sys.stderr),
            auto_refresh=False,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("starting", total=None, median="")

    def __enter__(self) -> "Bar":
        """Start showing."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the bar away."""
        self._bar.stop()

    def show(self, now: rounds.Progress) -> None:
        """Draw the share that is done and the next step."""
        median = "" if now.median_ns is None else f"{now.median_ns:.4g} ns/msg so far"
        self._bar.update(
            self._task, completed=now.done, total=now.total, description=now.what, median=median
        )
        self._bar.refresh()
