"""The life of a system: it runs, it was stopped, or it belongs to another process.

Every kernel that Python's threads run on their row of the tables is called here, under one
lock. The lock is re-entrant: a signal handler, which may interrupt any line of Python but no
kernel, may call the system again. A kernel is compiled before the lock is taken.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from zbench.core.compile.prepared import Prepared
from zbench.core.errors import ActorSystemError
from zbench.core.memory.layout import worker_row
from zbench.core.memory.tables import Tables

R = TypeVar("R")

SYSTEM_STOPPED = "the system was stopped"
ELSEWHERE = "the system runs in the process that made it, not in this one made by fork"


class Forks:
    """The number of forks between this process and the first one."""

    number = 0

    @classmethod
    def count(cls) -> None:
        """Count a fork. Caller: the new process."""
        cls.number += 1


os.register_at_fork(after_in_child=Forks.count)


class Life:
    """Whether a system takes calls, and the lock of the row of Python's threads.

    Attributes:
        lock: owns row ``workers`` of the tables.
        stopped: whether the system has ended for its callers; no call that takes the lock later
            changes anything.
        ended: whether all of its workers have ended.
    """

    def __init__(self, tables: Tables) -> None:
        self.lock = threading.RLock()
        self.stopped = False
        self.ended = False
        self._tables = tables
        self._born = Forks.number
        self.prepare = Prepared(tables, ActorSystemError).prepare

    def is_elsewhere(self) -> bool:
        """Whether this is another process, made by fork, than the system's."""
        return Forks.number != self._born

    def check_process(self) -> None:
        """Refuse a call in another process than the system's.

        Raises:
            ActorSystemError: there.
        """
        if Forks.number != self._born:
            raise ActorSystemError(ELSEWHERE)

    def check(self) -> None:
        """Refuse a call that the system cannot carry out any more.

        Raises:
            ActorSystemError: after ``stop``, and in another process than the system's.
        """
        self.check_process()
        if self.stopped:
            raise ActorSystemError(SYSTEM_STOPPED)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock of a system that runs; raises as ``check`` does."""
        self.check()
        with self.lock:
            self.check()
            yield

    def call(self, kernel: Callable[..., R], *arguments: Any) -> R:
        """Call a kernel on the tables and arguments, always of the same types.

        Raises:
            ActorSystemError: as ``check`` does.
        """
        self.check()
        self.prepare(kernel, *arguments)
        with self.lock:
            self.check()
            result = kernel(self._tables, *arguments)
            if self.ended:  # a signal handler stopped the system after the check
                self.settle()
        return result

    def settle(self) -> None:
        """Count the messages that nobody will handle as dead letters. Caller holds the lock.

        Workers have ended, so what was sent and neither handled nor dead waits somewhere: in a
        mailbox, in a stash, as a system message.
        """
        self.ended = True
        rows = self._tables.worker.reshape(-1, worker_row.WORDS)
        own = rows[self._tables.workers]
        for more, less in (
            ((worker_row.STASHED,), (worker_row.UNSTASHED,)),
            ((worker_row.SIGNALS,), (worker_row.SIGNALLED,)),
            (
                (worker_row.SENT, worker_row.UNSTASHED),
                (worker_row.DEAD_LETTERS, worker_row.PROCESSED),
            ),
        ):
            own[less[0]] += rows[:, more].sum() - rows[:, less].sum()
