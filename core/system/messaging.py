"""Messages, questions and commands that Python sends to the actors of a system."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors import stages
from zbench.core.actors.refs import ActorRef
from zbench.core.delivery.ask_futures import Answer
from zbench.core.delivery.router_handles import values_of
from zbench.core.errors import ActorSystemError, check_range
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.message_slot import DATA_WORDS, WIDE_WORDS
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Carried, Data
from zbench.core.system import entry_points
from zbench.core.system.host import Host


class Messaging(Host):
    """The part of ``ActorSystem`` that sends messages, questions and commands."""

    def _carried(self, kind: int, data: Sequence[int]) -> Carried:
        """Data padded to this system's message size; ValueError if it does not fit."""
        words: Carried = _words(kind, data, WIDE_WORDS if self.tables.wide else DATA_WORDS)
        return words

    def tell(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a message of a kind, with up to six words of data (14 in wide messages)."""
        self.tell_many(values_of([to]), kind, *data)

    def tell_many(self, to: NDArray[np.int64], kind: int, *data: int) -> None:
        """Send the same message to many actors.

        Raises:
            ValueError: if the kind is not 0 to 65535, or there are more words than fit.
        """
        words = self._carried(kind, data)
        with self._lock:
            entry_points.tell_many(self.tables, to, kind, message_slot.NO_SENDER, words)

    def tell_system(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a system message: it is handled before all waiting user messages.

        Raises:
            ActorSystemError: if the system has no ``system_messages``.
            ValueError: if the kind is not 0 to 65535, or there are more words than fit.
        """
        words = self._carried(kind, data)
        if not self.tables.has_system_messages:
            msg = "this system has no system messages; give ActorSystem(..., system_messages=1000)"
            raise ActorSystemError(msg)
        with self._lock:
            entry_points.tell_system_many(self.tables, values_of([to]), kind, words)

    def ask(self, to: int | ActorRef, kind: int, *data: int, timeout: float = 5.0) -> Answer:
        """Send a question; a future (also awaitable) of the actor's ``ctx.reply``.

        It fails with TimeoutError after timeout seconds, or when the system stops. Only
        the first reply counts; later ones are dead letters.

        Raises:
            ActorSystemError: if ``asks`` questions wait for their replies already.
            ValueError: if the timeout is below 0, the kind is not 0 to 65535, or there
                are more words than fit.
        """
        check_range("timeout", timeout, 0, 1e9)
        words = self._carried(kind, data)
        opened = self._asking.open(timeout)
        if opened is None:
            msg = "no room for another question; raise asks, or wait for replies"
            raise ActorSystemError(msg)
        answer, sender = opened
        with self._lock:
            entry_points.tell_many(self.tables, values_of([to]), kind, sender, words)
        return answer

    def watch(self, ref: int | ActorRef, timeout: float | None = None) -> Answer:
        """A future (also awaitable) of an actor's end.

        The second word of its result's data is the ending reason, an index into
        ``ENDINGS``. It fails with TimeoutError after timeout seconds, or when the system
        stops.

        Raises:
            ActorSystemError: if there is no room for another watch or question.
        """
        if not self.tables.has_watches:
            msg = "this system has no watches; give ActorSystem(..., watches=1000)"
            raise ActorSystemError(msg)
        opened = self._asking.open(float("inf") if timeout is None else timeout)
        if opened is None:
            msg = "no room for another question; raise asks"
            raise ActorSystemError(msg)
        answer, watcher = opened
        with self._lock:
            handle = int(entry_points.watch(self.tables, watcher, int(values_of([ref])[0])))
        if handle < 0:
            answer.cancel()
            msg = "no room for another watch; raise watches"
            raise ActorSystemError(msg)
        answer.add_done_callback(lambda _: self._unwatch(handle))
        return answer

    def _unwatch(self, handle: int) -> None:
        """Free the watch behind a future that is answered, late or cancelled."""
        with self._lock:
            entry_points.unwatch(self.tables, handle)

    def send_after(
        self, delay: float, to: int | ActorRef, kind: int, *data: int, every: float = 0.0
    ) -> int:
        """Send a message after delay seconds, then every ``every`` seconds unless that is 0.

        It has up to six words of data, even if messages are wide. Returns the timer, for
        ``cancel``.

        Raises:
            ActorSystemError: if the system has no timers, or all of them are set.
            ValueError: if a time is below 0, the kind is not 0 to 65535, or there are
                more than six words.
        """
        check_range("delay", delay, 0, 1e9)
        check_range("every", every, 0, 1e9)
        words = _message(kind, data)
        if self.tables.timers == 0:
            msg = "this system has no timers; give ActorSystem(..., timers=1000)"
            raise ActorSystemError(msg)
        value = int(values_of([to])[0])
        with self._lock:
            timer = int(
                entry_points.send_later(
                    self.tables, int(delay * 1e9), int(every * 1e9), value, kind, words
                )
            )
        if timer < 0:
            msg = f"all of {self.tables.timers} timers are set; raise timers"
            raise ActorSystemError(msg)
        return timer

    def cancel(self, timer: int) -> bool:
        """Cancel a timer; False if it has fired, or was cancelled before."""
        if self.tables.timers == 0:
            return False
        with self._lock:
            return bool(entry_points.cancel_timer(self.tables, timer))

    def poison(self, *to: int | ActorRef) -> None:
        """Stop actors, each once it has handled all messages sent to it before."""
        with self._lock:
            entry_points.poison_many(self.tables, values_of(to))

    def kill(self, *to: int | ActorRef) -> int:
        """Stop actors after the messages they handle; the number of live ones among them.

        Messages waiting in their mailboxes become dead letters.

        Raises:
            ActorSystemError: if actors are not supervised.
        """
        if not self.supervised:
            msg = "stopping an actor at once needs ActorSystem(..., supervised=True); or poison it"
            raise ActorSystemError(msg)
        with self._lock:
            return int(entry_points.command_many(self.tables, values_of(to), stages.STOP_NOW))


def _message(kind: int, data: Sequence[int]) -> Data:
    """Data padded to six words; ValueError if the kind or the data does not fit."""
    a, b, c, d, e, f = _words(kind, data, DATA_WORDS)
    return a, b, c, d, e, f


def _words(kind: int, data: Sequence[int], most: int) -> Any:
    """Data padded with 0 to ``most`` words; ValueError if the kind or the data does not fit."""
    check_range("kind", kind, 0, envelope.KIND_MASK)
    if len(data) > most:
        msg = f"a message carries at most {most} words of data, got {len(data)}"
        raise ValueError(msg)
    return (*data, *(0,) * (most - len(data)))
