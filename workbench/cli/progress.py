"""The progress bar of a run: moves between worker processes, never while one measures."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from zbench.measure import rounds
from zbench.reports.wording import plain

FULL_WIDTH = 60  # columns; on a narrower terminal only the count is shown, whole


class Bar:
    """Shows on stderr, and only on a terminal, how far a session is."""

    def __init__(self) -> None:
        # No refresh thread: it would compete with the scenario for a core.
        console = Console(file=sys.stderr)
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[median]}", markup=False),
        ]
        if console.width < FULL_WIDTH:
            columns = [MofNCompleteColumn()]
        self._bar = Progress(
            *columns,
            console=console,
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
            self._task,
            completed=now.done,
            total=now.total,
            description=plain(now.what),
            median=median,
        )
        self._bar.refresh()
