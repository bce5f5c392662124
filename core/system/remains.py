"""The end of a system: its workers, its other threads, and the messages that nobody handled."""

import threading
import time
import warnings
import weakref
from dataclasses import dataclass, field

from zbench.core.delivery.ask_futures import Asking
from zbench.core.errors import shown
from zbench.core.events.bus import EventBus
from zbench.core.memory.layout import shared_words
from zbench.core.memory.tables import Tables
from zbench.core.scheduler.affinity import Seats
from zbench.core.scheduler.tuner import Tuner
from zbench.core.system import entry_points
from zbench.core.system.life import Life

LEAST_S = 0.5  # for the threads other than workers, whatever the workers left of the time


@dataclass(eq=False)
class Remains:
    """The parts of a system that must end with it, apart from the object that users hold.

    No thread refers to that object, so that it is collected if it is dropped.
    """

    tables: Tables
    life: Life
    seats: Seats
    asking: Asking
    bus: EventBus | None = None
    tuner: Tuner | None = None
    threads: list[threading.Thread] = field(default_factory=list)  # workers
    gives_up: "weakref.finalize[[], object] | None" = None

    def watch(self, system: object) -> None:
        """End with a warning if the system is dropped without ``stop``."""
        entry_points.wake_all(self.tables)  # compiled here, not by the garbage collector
        self.gives_up = weakref.finalize(system, self.abandon)
        self.gives_up.atexit = False

    def abandon(self) -> None:
        """End all threads without waiting or taking a lock: the garbage collector may call this."""
        if self.life.is_elsewhere():
            return
        was_stopped, self.life.stopped = self.life.stopped, True
        self.asking.abandon()
        if self.bus is not None:
            self.bus.abandon()
        if self.tuner is not None:
            self.tuner.abandon()
        self._ask_workers()
        self.seats.release()
        if not was_stopped:
            warnings.warn(
                f"an ActorSystem with {len(self.threads)} workers was dropped while it ran; "
                "use it in a `with` statement, or call stop()",
                ResourceWarning,
                stacklevel=2,
            )

    def end(self, timeout: float) -> None:
        """End the workers and all other threads; may be called again.

        Raises:
            TimeoutError: if a worker does not end in time. The other threads end all the same.
        """
        # First for the callers that wait for the lock: they give up once they have it.
        self.life.stopped = True
        with self.life.lock:  # the call that was under way has ended
            self._ask_workers()
        until = time.monotonic() + timeout
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        busy = sum(thread.is_alive() for thread in self.threads)
        if not busy:
            with self.life.lock:
                self.life.settle()
            self.seats.release()
        # Events, answers and callbacks of the last batches have been sent by now.
        left = max(LEAST_S, until - time.monotonic())
        if self.tuner is not None:
            self.tuner.close(left)
        self.asking.close(left)
        if self.bus is not None:
            self.bus.close(left)
        if busy:
            msg = (
                f"{busy} of {len(self.threads)} workers still run a behaviour after "
                f"{shown(timeout)} s; such a thread ends when its behaviour returns"
            )
            raise TimeoutError(msg)
        if self.gives_up is not None:
            self.gives_up.detach()

    def _ask_workers(self) -> None:
        """Have workers end after their present batches."""
        self.tables.shared[shared_words.STOP] = 1
        entry_points.wake_all(self.tables)
