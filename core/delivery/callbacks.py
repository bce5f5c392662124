"""Threads for callbacks of futures, so that none of them holds up whoever completes futures."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

IDLE_S = 1.0  # after so long without a callback a thread ends
log = logging.getLogger(__name__)

Call = Callable[[], Any]


class CallbackThreads:
    """Runs each callback in a thread in which no other one is running or waiting.

    A callback may block, raise anything, or call the system. Threads that are idle are used
    again. All threads are daemons: a callback that never returns holds up no exit.
    """

    def __init__(self) -> None:
        self._idle: deque[SimpleQueue[Call]] = deque()  # inboxes; its methods are atomic

    def run(self, call: Call) -> None:
        """Have a thread make the call."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            threading.Thread(
                target=self._serve, args=(inbox,), name="zbench-callback", daemon=True
            ).start()
        inbox.put(call)

    def _serve(self, inbox: "SimpleQueue[Call]") -> None:
        """Make the calls that come into an inbox, until none has come for a while."""
        wait: float | None = None
        while True:
            try:
                call = inbox.get(timeout=wait)
            except Empty:
                try:
                    self._idle.remove(inbox)
                except ValueError:  # just taken by run(), whose call is on its way
                    wait = None
                    continue
                return
            try:
                call()
            except BaseException:  # also SystemExit: it would end this thread without a word
                log.exception("a callback of a future raised")
            del call  # it refers to its future
            wait = IDLE_S
            self._idle.append(inbox)
