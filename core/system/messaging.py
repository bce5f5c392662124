"""Messages, questions and commands that Python sends to the actors of a system."""

import contextlib
import functools
import weakref
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors import stages
from zbench.core.actors.refs import ActorRef
from zbench.core.delivery.ask_futures import Answer
from zbench.core.delivery.router_handles import Router
from zbench.core.errors import (
    LEAST_WORD,
    MOST_WORD,
    ActorSystemError,
    integer,
    seconds,
    word,
)
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.message_slot import DATA_WORDS, WIDE_WORDS
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Carried, Data
from zbench.core.system import entry_points
from zbench.core.system.host import Host
from zbench.core.system.life import Life

References = Iterable[int | ActorRef] | NDArray[np.integer]


class Messaging(Host):
    """The part of ``ActorSystem`` that sends messages, questions and commands.

    Words, kinds and references are integers of 64 bits; those of numpy are taken too, floats
    are not. Every call checks its arguments before it sends anything, and raises
    ActorSystemError once the system was stopped, or in a process made by fork.
    """

    def _carried(self, kind: int, data: Sequence[int]) -> tuple[int, Carried]:
        """The kind, and the data padded to this system's message size."""
        number, words = _words(kind, data, WIDE_WORDS if self._tables.wide else DATA_WORDS)
        return number, words

    def tell(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a message of a kind, with up to six words of data (14 in wide messages).

        Raises:
            TypeError: if the kind or a word is no integer.
            ValueError: if the kind is not 0 to 65535, there are more words than fit, a word
                has more than 64 bits, or the reference is another system's.
        """
        self.tell_many((to,), kind, *data)

    def tell_many(self, to: References, kind: int, *data: int) -> None:
        """Send the same message to many actors; raises as ``tell`` does."""
        number, words = self._carried(kind, data)
        refs = self._values(to)
        self._life.call(entry_points.tell_many, refs, number, message_slot.NO_SENDER, words)

    def tell_system(self, to: int | ActorRef, kind: int, *data: int) -> None:
        """Send a system message: it is handled before all waiting user messages.

        Raises:
            ActorSystemError: if the system has no ``system_messages``.
            TypeError: as ``tell``.
            ValueError: as ``tell``.
        """
        number, words = self._carried(kind, data)
        refs = self._values((to,))
        if not self._tables.has_system_messages:
            msg = "this system has no system messages; give ActorSystem(..., system_messages=1000)"
            raise ActorSystemError(msg)
        self._life.call(entry_points.tell_system_many, refs, number, words)

    def ask(self, to: int | ActorRef, kind: int, *data: int, timeout: float = 5.0) -> Answer:
        """Send a question; a future (also awaitable) of the actor's ``ctx.reply``.

        It fails with TimeoutError after timeout seconds, or when the system stops. Only
        the first reply counts; later ones are dead letters.

        Raises:
            ActorSystemError: if ``asks`` questions wait for their replies already.
            TypeError: as ``tell``, or if the timeout is no number.
            ValueError: as ``tell``, or if the timeout is below 0.
        """
        wait = seconds("timeout", timeout)
        number, words = self._carried(kind, data)
        refs = self._values((to,))
        answer, sender = self._open_question(wait)
        try:
            self._life.call(entry_points.tell_many, refs, number, sender, words)
        except BaseException:
            self._asking.withdraw(answer)
            raise
        return answer

    def _open_question(self, timeout: float) -> tuple[Answer, int]:
        """A future and the reference for its reply."""
        with self._life.hold():
            opened = self._asking.open(timeout)
        if opened is None:
            msg = "no room for another question; raise asks, or wait for replies"
            raise ActorSystemError(msg)
        return opened

    def watch(self, ref: int | ActorRef, timeout: float | None = None) -> Answer:
        """A future (also awaitable) of an actor's end.

        The second word of its result's data is the ending reason, an index into
        ``ENDINGS``. It fails with TimeoutError after timeout seconds, or when the system
        stops.

        Raises:
            ActorSystemError: if there is no room for another watch or question.
            TypeError: if the reference is none, or the timeout is no number.
            ValueError: if the reference is another system's or a router's, or the timeout is
                below 0.
        """
        target = self._value(ref)
        if isinstance(ref, Router):
            msg = "a router never ends; watch its routees()"
            raise ValueError(msg)
        wait = float("inf") if timeout is None else seconds("timeout", timeout)
        if not self._tables.has_watches:
            msg = "this system has no watches; give ActorSystem(..., watches=1000)"
            raise ActorSystemError(msg)
        answer, watcher = self._open_question(wait)
        try:
            handle = int(self._life.call(entry_points.watch, watcher, target))
            if handle < 0:
                msg = "no room for another watch; raise watches"
                raise ActorSystemError(msg)
        except BaseException:
            self._asking.withdraw(answer)
            raise
        # Weakly: an answer that waits does not keep a system that nobody else uses.
        answer.when_done(functools.partial(_unwatch, weakref.ref(self._life), handle))
        return answer

    def send_after(
        self, delay: float, to: int | ActorRef, kind: int, *data: int, every: float = 0.0
    ) -> int:
        """Send a message after delay seconds, then every ``every`` seconds unless that is 0.

        It has up to six words of data, even if messages are wide. Returns the timer, for
        ``cancel``.

        Raises:
            ActorSystemError: if the system has no timers, or all of them are set.
            TypeError: as ``tell``, or if a time is no number.
            ValueError: as ``tell``, or if a time is below 0.
        """
        after_ns = int(seconds("delay", delay) * 1e9)
        period = seconds("every", every)
        period_ns = max(1, int(period * 1e9)) if period > 0 else 0  # 0: once
        number, words = _message(kind, data)
        value = self._value(to)
        if self._tables.timers == 0:
            msg = "this system has no timers; give ActorSystem(..., timers=1000)"
            raise ActorSystemError(msg)
        timer = int(
            self._life.call(entry_points.send_later, after_ns, period_ns, value, number, words)
        )
        if timer < 0:
            msg = f"all of {self._tables.timers} timers are set; raise timers"
            raise ActorSystemError(msg)
        return timer

    def cancel(self, timer: int) -> bool:
        """Cancel a timer; False if it has fired, or was cancelled before."""
        handle = integer("timer", timer)
        if self._tables.timers == 0:
            self._life.check()
            return False
        return bool(self._life.call(entry_points.cancel_timer, handle))

    def poison(self, *to: int | ActorRef) -> None:
        """Stop actors, each once it has handled all messages sent to it before."""
        self._life.call(entry_points.poison_many, self._values(to))

    def kill(self, *to: int | ActorRef) -> int:
        """Stop actors after the messages they handle; the number of live ones among them.

        Messages waiting in their mailboxes become dead letters.

        Raises:
            ActorSystemError: if actors are not supervised.
        """
        refs = self._values(to)
        if not self.supervised:
            msg = "stopping an actor at once needs ActorSystem(..., supervised=True); or poison it"
            raise ActorSystemError(msg)
        return int(self._life.call(entry_points.command_many, refs, stages.STOP_NOW))


def _unwatch(life: "weakref.ref[Life]", handle: int, _: Future[Any]) -> None:
    """Free the watch behind a future that is answered, late or cancelled."""
    found = life()
    if found is not None and not found.stopped and not found.is_elsewhere():
        with contextlib.suppress(ActorSystemError):  # stopped just now
            found.call(entry_points.unwatch, handle)


def _message(kind: int, data: Sequence[int]) -> tuple[int, Data]:
    """The kind, and the data padded to six words."""
    number, (a, b, c, d, e, f) = _words(kind, data, DATA_WORDS)
    return number, (a, b, c, d, e, f)


def _words(kind: int, data: Sequence[int], most: int) -> tuple[int, Any]:
    """The kind, and the data padded with 0 to ``most`` words, all as plain ints.

    Raises:
        TypeError: if the kind or a word is no integer.
        ValueError: if the kind or the data does not fit.
    """
    number = integer("kind", kind, 0, envelope.KIND_MASK)
    if len(data) > most:
        msg = f"a message carries at most {most} words of data, got {len(data)}"
        raise ValueError(msg)
    return number, (*words_of(data), *(0,) * (most - len(data)))


def words_of(values: Sequence[int]) -> list[int]:
    """Words of data or of state as plain ints; raises as ``_words`` does."""
    return [
        value
        if type(value) is int and LEAST_WORD <= value <= MOST_WORD
        else word(f"word {place}", value)
        for place, value in enumerate(values)
    ]
