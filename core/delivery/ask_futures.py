"""Questions from Python: futures that an actor's reply or a time-out completes."""

import asyncio
import functools
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from zbench.core.actors.faults import so_far
from zbench.core.delivery import ask_host
from zbench.core.delivery.callbacks import CallbackThreads
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope

SLICE_NS = 20_000_000  # the longest sleep, hence the most that a time-out is late
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """The message an actor replied with."""

    kind: int
    data: tuple[int, ...]  # six words, 14 where messages are wide


class Answer(Future[Reply]):
    """A reply to come: ``result()`` waits for it, and so does ``await``.

    The callbacks of ``add_done_callback`` run in threads of their own, one at a time in each:
    they may wait, ask, stop the system or raise, and delay no other answer. On an answer that
    is complete already, and where ``cancel`` completes it, they run in the calling thread.

    ``result`` and ``exception`` raise ActorSystemError in a process made by fork.
    """

    def __init__(self, asking: "Asking") -> None:
        super().__init__()
        self._asking = asking

    def __await__(self) -> Generator[Any, None, Reply]:
        """Wait in an event loop."""
        return asyncio.wrap_future(self).__await__()

    def result(self, timeout: float | None = None) -> Reply:
        """The reply; see ``concurrent.futures.Future.result``."""
        self._asking.check_process()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The error, or None for a reply; see ``concurrent.futures.Future.exception``."""
        self._asking.check_process()
        return super().exception(timeout)

    def add_done_callback(self, fn: Callable[[Future[Reply]], object]) -> None:
        """Call a function with this answer once it is complete or cancelled."""
        super().add_done_callback(functools.partial(self._asking.call_back, fn))

    def when_done(self, fn: Callable[[Future[Reply]], object]) -> None:
        """As ``add_done_callback``, for quick functions that raise nothing: no thread's change."""
        super().add_done_callback(fn)


@dataclass
class _Question:
    answer: Answer
    life: int
    until: float  # time.monotonic()


class Asking:
    """The questions of one system, and the thread that completes them.

    Args:
        tables: the tables of the system.
        check_process: refuses a call in a process made by fork.
        prepare: compiles a kernel for the tables and arguments of some types, once.
    """

    def __init__(
        self, tables: Tables, check_process: Callable[[], None], prepare: Callable[..., None]
    ) -> None:
        self.check_process = check_process
        self._prepare = prepare
        self._tables = tables
        self._lock = threading.RLock()  # a signal handler may ask while this thread asks
        self._free = list(range(len(tables.ask) // envelope.message_words(tables)))
        self._lives = [0] * len(self._free)
        self._waiting: dict[int, _Question] = {}
        self._callbacks = CallbackThreads()
        self._thread: threading.Thread | None = None
        self._closed = False

    def open(self, timeout: float) -> tuple[Answer, int] | None:
        """A future and the sender's reference of its question; None if no row is free."""
        self._prepare(ask_host.open_row, 0, 0)
        self._prepare(ask_host.give_up, 0, 0)
        with self._lock:
            if not self._free:
                self._release_complete()
            if not self._free or self._closed:
                return None
            row = self._free.pop()
            self._lives[row] += 1
            answer = Answer(self)
            question = _Question(answer, self._lives[row], time.monotonic() + timeout)
            self._waiting[row] = question
            ask_host.open_row(self._tables, row, question.life)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zbench-ask", daemon=True)
                self._thread.start()
        return answer, int(ask_host.ask_ref(row, question.life))

    def _release_complete(self) -> None:
        """Free the rows of answers that their holders cancelled or completed."""
        for row, question in list(self._waiting.items()):
            if question.answer.done() and ask_host.give_up(self._tables, row, question.life):
                self._release(row, question)

    def withdraw(self, answer: Answer) -> None:
        """Take back a question that was never sent."""
        with self._lock:
            for row, question in list(self._waiting.items()):
                if question.answer is answer and ask_host.give_up(self._tables, row, question.life):
                    self._release(row, question)

    def call_back(self, fn: Callable[[Answer], object], answer: Answer) -> None:
        """Call a callback of an answer; aside, if this is the thread that completes answers."""
        call = functools.partial(fn, answer)
        if threading.current_thread() is self._thread:
            self._callbacks.run(call)
        else:
            call()

    def abandon(self) -> None:
        """Have the thread fail the waiting questions and end; takes no lock."""
        self._closed = True

    def close(self, timeout: float | None = None) -> None:
        """Fail the waiting questions, and wait for the end of the thread."""
        with self._lock:
            self._closed = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        heard = 0
        while True:
            heard = int(ask_host.wait_bell(self._tables, heard, SLICE_NS))
            with self._lock:
                waiting = list(self._waiting.items())
                closed = self._closed
            for row, question in waiting:
                try:
                    self._look(row, question, closed)
                except Exception:  # such as a future that its holder completed
                    log.exception("an answer could not be completed")
            if closed:
                return

    def _look(self, row: int, question: _Question, closed: bool) -> None:
        """Complete a question that is answered, late, cancelled or closed."""
        answer = question.answer
        if ask_host.phase(self._tables, row) == ask_host.ANSWERED:
            words = self._tables.ask.reshape(-1, envelope.message_words(self._tables))[row].tolist()
            if self._release(row, question) and _is_wanted(answer):
                answer.set_result(Reply(words[ask_host.KIND], tuple(words[ask_host.DATA :])))
            return
        late = time.monotonic() > question.until
        if not (late or closed or answer.done()):
            return
        if (
            ask_host.give_up(self._tables, row, question.life)
            and self._release(row, question)
            and _is_wanted(answer)
        ):
            why = "no reply in time" if late else "the system was stopped"
            answer.set_exception(TimeoutError(why + so_far(self._tables)))

    def _release(self, row: int, question: _Question) -> bool:
        """Free the row of a question; False if it was freed before."""
        with self._lock:
            if self._waiting.get(row) is not question:
                return False
            del self._waiting[row]
            self._free.append(row)
            return True


def _is_wanted(answer: Answer) -> bool:
    """Whether an answer is to be completed: not cancelled, nor completed by its holder."""
    return not (answer.done() and not answer.cancelled()) and answer.set_running_or_notify_cancel()
