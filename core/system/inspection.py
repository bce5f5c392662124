"""Inspection of a running system from Python: its counters, its actors, its rest."""

import time

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors.faults import Fault, read_faults, so_far
from zbench.core.actors.refs import ONE_LIFE, SLOT_MASK, VACANT, ActorRef
from zbench.core.errors import ActorSystemError, integer, seconds, shown
from zbench.core.mailbox.placement import MailboxFigures
from zbench.core.mailbox.registry import Mailbox
from zbench.core.memory.layout import actor_row, shared_words, worker_row
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.scheduler.config import Loads, read_loads
from zbench.core.scheduler.policies import policy
from zbench.core.system import entry_points
from zbench.core.system.host import Host
from zbench.core.system.life import SYSTEM_STOPPED
from zbench.core.system.tree import Tree, snapshot

WAIT_SLICE_S = 0.05  # a waiting call returns this often, so that Ctrl-C is noticed
COUNTERS = {
    "sent": worker_row.SENT,
    "processed": worker_row.PROCESSED,
    "dead_letters": worker_row.DEAD_LETTERS,
    "steal_attempts": worker_row.STEAL_ATTEMPTS,
    "steals": worker_row.STEALS,
    "parks": worker_row.PARKS,
    "runs": worker_row.TICK,
    "spills": worker_row.SPILLS,
    "failures": worker_row.FAILURES,
    "refused": worker_row.REFUSED,
    "signals": worker_row.SIGNALS,
    "signalled": worker_row.SIGNALLED,
    "restarts": worker_row.RESTARTED,
    "stopped": worker_row.STOPPED,
    "stashed": worker_row.STASHED,
    "dropped": worker_row.DROPPED,
    "mutes": worker_row.MUTES,
}


def by_worker(t: Tables) -> dict[str, NDArray[np.int64]]:
    """The counters of a system by worker; see ``Inspection.counters_by_worker``."""
    rows = t.worker.reshape(-1, worker_row.WORDS)
    counted = {name: rows[:, column].copy() for name, column in COUNTERS.items()}
    # See core.delivery.stash: workers count a stashed message as handled.
    counted["processed"] -= counted["stashed"]
    counted["stashed"] -= rows[:, worker_row.UNSTASHED]
    counted["runs"] -= rows[:, worker_row.VAIN_LOOKS]
    return counted


def totals(t: Tables) -> dict[str, int]:
    """The counters of a system, added up over its workers."""
    return {name: int(column.sum()) for name, column in by_worker(t).items()}


class Inspection(Host):
    """The part of ``ActorSystem`` that only reads, or waits.

    What it reads stays readable after ``stop``. In a process made by fork every call raises
    ActorSystemError.
    """

    def finished(self) -> int:
        """Number of times that behaviours have called ``ctx.finish()``."""
        return int(self.tables.shared[shared_words.DONE])

    def wait(self, runs: int | None = None, timeout: float | None = None) -> int:
        """Wait for the next call of ``ctx.finish()``; its time, as perf_counter_ns.

        "The next" is the first one that no earlier ``wait`` has returned for, so a run that
        finishes before the call is not missed. Threads that wait at once get the same one.

        Args:
            runs: wait until there were so many calls since the system was made, instead.
            timeout: the most seconds to wait; None: without limit.

        Raises:
            ActorSystemError: if the system is stopped before, or in a process made by fork.
            TimeoutError: if that takes longer than timeout seconds.
            TypeError: if an argument is no number.
            ValueError: if an argument is below 0.
        """
        wanted = self._waited + 1 if runs is None else integer("runs", runs, 0)
        limit = None if timeout is None else seconds("timeout", timeout)
        until = None if limit is None else time.monotonic() + limit
        tables = self.tables
        self._life.prepare(entry_points.wait_done, 0, 0)
        while True:
            stopped = self._life.stopped
            left = WAIT_SLICE_S if until is None else until - time.monotonic()
            wait_ns = int(max(0.0, min(left, WAIT_SLICE_S)) * 1e9)
            if entry_points.wait_done(tables, wanted, wait_ns):
                self._waited = max(self._waited, wanted)
                return int(tables.shared[shared_words.DONE_NS])
            if stopped:
                msg = f"{SYSTEM_STOPPED} before it was finished: {self.counters()}"
                raise ActorSystemError(msg)
            if left <= 0:
                msg = f"not finished after {limit} s: {self.counters()}{so_far(tables)}"
                raise TimeoutError(msg)

    def counters(self) -> dict[str, int]:
        """Totals over workers: messages sent, processed, dead letters, steals, ..."""
        return totals(self.tables)

    def counters_by_worker(self) -> dict[str, NDArray[np.int64]]:
        """The counters by worker; the last element is for Python's threads."""
        return by_worker(self.tables)

    def at_rest(self) -> bool:
        """Whether every message sent was handled, stashed, or became a dead letter.

        Counters of handled messages are read before those of sent ones, so equal sums mean
        that no message was waiting at some moment (Mattern's termination detection).
        """
        rows = self.tables.worker.reshape(-1, worker_row.WORDS)
        done = [
            int(rows[:, c].sum())
            for c in (worker_row.SIGNALLED, worker_row.PROCESSED, worker_row.DEAD_LETTERS)
        ]
        sent = [
            int(rows[:, c].sum())
            for c in (worker_row.SIGNALS, worker_row.SENT, worker_row.UNSTASHED)
        ]
        return done[0] == sent[0] and done[1] + done[2] == sent[1] + sent[2]

    def await_rest(self, timeout: float = 60.0) -> None:
        """Wait until the system is at rest.

        Raises:
            ActorSystemError: if it was stopped while a worker did not end.
            TimeoutError: with the counters, if that takes longer than timeout seconds.
        """
        limit = seconds("timeout", timeout)
        until = time.monotonic() + limit
        while not self.at_rest():
            if self._life.stopped:
                msg = f"{SYSTEM_STOPPED}, and a worker has not ended: {self.counters()}"
                raise ActorSystemError(msg)
            if time.monotonic() > until:
                msg = f"not at rest after {limit} s: {self.counters()}{so_far(self.tables)}"
                raise TimeoutError(msg)
            time.sleep(0.0005)

    def is_alive(self, ref: int | ActorRef) -> bool:
        """Whether the actor that a reference names is alive."""
        value = self._value(ref)
        slot = value & SLOT_MASK
        if slot >= self.tables.actors:
            return False
        return int(self.tables.actor[slot * LINE + actor_row.REF]) == value

    def state(self, ref: int | ActorRef) -> NDArray[np.int64]:
        """An actor's words of state; stable only while the system is at rest.

        Those of an actor that has ended stay until another actor gets its place.

        Raises:
            ValueError: if the reference is no actor's, or its state is another actor's now.
        """
        value = self._value(ref)
        slot = value & SLOT_MASK
        t = self.tables
        if value >= 0 and slot < t.actors:
            tenant = int(t.actor[slot * LINE + actor_row.REF])
            if tenant in (value, (value + ONE_LIFE) ^ VACANT):
                return t.state.reshape(-1, t.state_words)[slot]
        msg = f"there is no state of an actor of reference {shown(ref)}: it has ended, or never was"
        raise ValueError(msg)

    def faults(self) -> list[Fault]:
        """Faults of behaviours, oldest first; the last 64 of each worker are kept."""
        return read_faults(self.tables)

    def tree(self, most: int = 1000) -> Tree:
        """The live actors as a tree, at most ``most`` of them; print it, or use ``frame()``.

        Without supervision it is a flat list. May be called at any time.
        """
        return snapshot(self.tables, self.behaviours.all, integer("most", most))

    def table_bytes(self) -> dict[str, int]:
        """Bytes of each table."""
        return {
            name: table.nbytes
            for name, table in self.tables._asdict().items()
            if isinstance(table, np.ndarray)
        }

    def mailbox(self, ref: int | ActorRef) -> MailboxFigures:
        """Figures of a live actor's mailbox since the actor was spawned.

        Raises:
            ActorSystemError: if the actor has ended, or its mailbox is linked rings, which
                keep no figures (``tree()`` shows the messages waiting in them).
        """
        slot = self._value(ref) & SLOT_MASK
        if not self.is_alive(ref) or self._options.mailboxes.of(self.tables, slot) == Mailbox():
            msg = "figures are kept of the mailboxes of live actors, and not of linked rings"
            raise ActorSystemError(msg)
        self._life.prepare(entry_points.waiting_in_bounded, 0)
        waiting = int(entry_points.waiting_in_bounded(self.tables, slot))
        return self._options.mailboxes.figures(self.tables, slot, waiting)

    def describe_scheduler(self) -> str:
        """One line: the scheduler, and its settings on this machine."""
        return str(self._options.schedule)

    def loads(self) -> Loads:
        """The workers' loads, as the "load-balanced" scheduler sees them.

        Raises:
            ActorSystemError: if the scheduler is another one.
        """
        if self._options.schedule.placement.policy != policy.LOAD_BALANCED:
            msg = f"loads need scheduler='load-balanced', this one is {self._options.schedule}"
            raise ActorSystemError(msg)
        return read_loads(self.tables)
