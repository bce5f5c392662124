"""Questions from Python: futures that an actor's reply or a time-out completes."""

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from zbench.core.delivery import ask_host
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope

SLICE_NS = 20_000_000  # the longest sleep, hence the most that a time-out is late


@dataclass(frozen=True)
class Reply:
    """The message an actor replied with."""

    kind: int
    data: tuple[int, ...]  # six words, 14 where messages are wide


class Answer(Future[Reply]):
    """A reply to come: ``result()`` waits for it, and so does ``await``."""

    def __await__(self) -> Generator[Any, None, Reply]:
        """Wait in an event loop."""
        return asyncio.wrap_future(self).__await__()


@dataclass
class _Question:
    answer: Answer
    life: int
    until: float  # time.monotonic()


class Asking:
    """The questions of one system, and the thread that completes them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._free = list(range(len(tables.ask) // envelope.message_words(tables)))
        self._lives = [0] * len(self._free)
        self._waiting: dict[int, _Question] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def open(self, timeout: float) -> tuple[Answer, int] | None:
        """A future and the sender's reference of its question; None if no row is free."""
        with self._lock:
            if not self._free or self._closed:
                return None
            row = self._free.pop()
            self._lives[row] += 1
            answer = Answer()
            question = _Question(answer, self._lives[row], time.monotonic() + timeout)
            self._waiting[row] = question
            ask_host.open_row(self._tables, row, question.life)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zbench-ask", daemon=True)
                self._thread.start()
        return answer, int(ask_host.ask_ref(row, question.life))

    def close(self) -> None:
        """Fail the waiting questions, and end the thread."""
        with self._lock:
            self._closed = True
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        heard = 0
        while True:
            heard = int(ask_host.wait_bell(self._tables, heard, SLICE_NS))
            with self._lock:
                waiting = list(self._waiting.items())
                closed = self._closed
            for row, question in waiting:
                self._look(row, question, closed)
            if closed:
                return

    def _look(self, row: int, question: _Question, closed: bool) -> None:
        """Complete a question that is answered, late, cancelled or closed."""
        answer = question.answer
        if ask_host.phase(self._tables, row) == ask_host.ANSWERED:
            words = self._tables.ask.reshape(-1, envelope.message_words(self._tables))[row].tolist()
            self._release(row)
            if answer.set_running_or_notify_cancel():
                answer.set_result(Reply(words[ask_host.KIND], tuple(words[ask_host.DATA :])))
            return
        late = time.monotonic() > question.until
        if not (late or closed or answer.cancelled()):
            return
        if ask_host.give_up(self._tables, row, question.life):
            self._release(row)
            if answer.set_running_or_notify_cancel():
                why = "no reply in time" if late else "the system was stopped"
                answer.set_exception(TimeoutError(why))

    def _release(self, row: int) -> None:
        with self._lock:
            del self._waiting[row]
            self._free.append(row)
