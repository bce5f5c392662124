"""The event bus: brings the events of workers (core.events.event_ring) to subscribers.

One thread reads the rings of all workers and puts each event into the queue of every
subscription for events of its class; another one watches the counters (core.events.alerts).
A subscription with a callback has a thread of its own, so that a slow or a failing callback
delays no other subscriber. Every queue is bounded: an event without room is dropped and
counted, and no thread waits for a subscriber. Events of one worker stay in order; between
workers ``time_ns`` gives the order.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

import numpy as np
from zbench.core.errors import EventBusError, check_is, integer, seconds, shown
from zbench.core.events.alerts import Thresholds, Watch
from zbench.core.events.event_ring import drain, row_base
from zbench.core.events.kinds import Event, SystemStarted, SystemStopped, decode
from zbench.core.memory.arithmetic import power_of_two
from zbench.core.memory.layout import event_row
from zbench.core.memory.tables import Tables

MOST_SLOTS = 1 << 20
MOST_QUEUE = 1 << 24
MOST_SAMPLE = 1 << 40
SHORTEST_PAUSE_S = 0.0005  # between two looks at rings that had events
LONGEST_PAUSE_S = 0.01  # doubled up to this while there are none: 100 looks a second
JOIN_S = 5.0  # longest wait at closing for a callback to empty its queue

Callback = Callable[[Any], object]
log = logging.getLogger(__name__)


class Subscription:
    """A bounded queue of events; iterate over it, or give it a callback.

    Attributes:
        dropped: events that found the queue full.
        failures: exceptions that the callback raised; the first one is logged.
    """

    def __init__(
        self,
        bus: "EventBus",
        kinds: tuple[type[Event], ...],
        capacity: int,
        callback: Callback | None,
        timeout: float | None,
    ) -> None:
        self.dropped = 0
        self.failures = 0
        self._bus = bus
        self._kinds = kinds
        self._capacity = capacity
        self._callback = callback
        self._timeout = timeout
        self._queue: deque[Event] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        if callback is not None:
            self._thread = threading.Thread(target=self._call, name="zbench-events", daemon=True)
            self._thread.start()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        """Events as they come; ends when the bus closes or after timeout seconds without one."""
        while (event := self.next(self._timeout)) is not None:
            yield event

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event; None once closed and empty, or after timeout seconds without one.

        Raises:
            TypeError: if the timeout is neither None nor a number.
            ValueError: if it is below 0.
        """
        limit = _limit(timeout)
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed, limit)
            return self._queue.popleft() if self._queue else None

    def close(self) -> None:
        """Take no more events, let the callback empty the queue; may be called again."""
        self._bus.forget(self)
        self.end()

    def offer(self, events: Iterable[Event]) -> None:
        """Queue the events of the wanted classes while there is room. Caller: the bus."""
        wanted = [e for e in events if isinstance(e, self._kinds)]
        with self._changed:
            if self._closed:
                return
            room = self._capacity - len(self._queue)
            self._queue.extend(wanted[:room])
            self.dropped += max(0, len(wanted) - room)
            self._changed.notify_all()

    def end(self, timeout: float = JOIN_S) -> None:
        """Close the queue, and wait for the callback unless it is the caller."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _call(self) -> None:
        """Hand events to the callback until the queue is closed and empty."""
        assert self._callback is not None
        while (event := self.next()) is not None:
            try:
                self._callback(event)
            except BaseException:  # also SystemExit: it would end this thread without a word
                self.failures += 1
                if self.failures == 1:
                    log.exception("a subscriber raised at %s; later ones are counted", event)


class EventBus:
    """Events of one actor system: ``ActorSystem(..., events=EventBus(...))``.

    Subscribe before the system is made to see SystemStarted and the first actors, later
    through ``system.events``.

    Args:
        slots: most events of each worker that wait for the bus; rounded up to a power of
            two. 64 bytes each.
        sample_messages: number of a worker's messages for each MessageSent; 0: no samples.
        thresholds: limits for PerformanceAlerts; None: no alerts.

    Raises:
        TypeError: if the thresholds are none, or a size is no integer.
        ValueError: on a size out of its range.
    """

    def __init__(
        self,
        *,
        slots: int = 4096,
        sample_messages: int = 0,
        thresholds: Thresholds | None = Thresholds(),  # noqa: B008  it is frozen
    ) -> None:
        check_is("thresholds", thresholds, (Thresholds, type(None)), "Thresholds or None")
        self.slots = power_of_two(integer("slots", slots, 2, MOST_SLOTS))
        self.sample_messages = integer("sample_messages", sample_messages, 0, MOST_SAMPLE)
        self._watch = None if thresholds is None else Watch(thresholds)
        self._interval = 0.0 if thresholds is None else thresholds.interval
        self._subscriptions: tuple[Subscription, ...] = ()
        self._lock = threading.RLock()  # a signal handler may subscribe or stop the system
        self._stopping = threading.Event()
        self._closed = False
        self._abandoned = False
        self._tables: Tables | None = None
        self._threads: list[threading.Thread] = []

    def subscribe(
        self,
        callback: Callback,
        kinds: Iterable[type[Event]] | None = None,
        *,
        capacity: int = 10_000,
    ) -> Subscription:
        """Call a function with every event of some classes, in a thread of its own.

        Args:
            callback: takes an event; its exceptions are counted, the first one is logged.
            kinds: classes of core.events.kinds; None is all.
            capacity: most events that wait for the callback.

        Raises:
            EventBusError: if the bus is closed.
            TypeError: if the callback cannot be called, or a class is not one of events.
            ValueError: on a capacity out of its range.
        """
        _check_callback(callback)
        return self._add(callback, kinds, capacity, None)

    def stream(
        self,
        kinds: Iterable[type[Event]] | None = None,
        *,
        timeout: float | None = None,
        capacity: int = 10_000,
    ) -> Subscription:
        """Subscription to iterate over, with events from now on; see ``subscribe``.

        The iteration ends when the bus is closed, or after timeout seconds without an event.
        """
        return self._add(None, kinds, capacity, _limit(timeout))

    def _add(
        self,
        callback: Callback | None,
        kinds: Iterable[type[Event]] | None,
        capacity: int,
        timeout: float | None,
    ) -> Subscription:
        capacity = integer("capacity", capacity, 1, MOST_QUEUE)
        wanted = (Event,) if kinds is None else _classes(kinds)
        with self._lock:
            if self._closed:
                msg = "the event bus is closed: its system has stopped"
                raise EventBusError(msg)
            made = Subscription(self, wanted, capacity, callback, timeout)
            self._subscriptions = (*self._subscriptions, made)
        return made

    def forget(self, subscription: Subscription) -> None:
        """Offer a subscription no more events."""
        with self._lock:
            self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)

    def dropped(self) -> int:
        """Number of events so far that found their worker's ring full.

        Events for which a subscription's queue had no room are in its own ``dropped``.
        """
        if self._tables is None:
            return 0
        places = [row_base(row, self.slots) for row in range(self._tables.workers + 1)]
        return sum(int(self._tables.event[place + event_row.DROPPED]) for place in places)

    def start(self, tables: Tables, counters: Callable[[], Mapping[str, int]]) -> None:
        """Begin to read. Caller: the system, before its workers run.

        Raises:
            EventBusError: if the bus has been given to a system before.
        """
        with self._lock:
            if self._tables is not None:
                msg = "an EventBus serves one ActorSystem; make another one"
                raise EventBusError(msg)
            self._tables = tables
        self.publish([SystemStarted(time.perf_counter_ns(), -1, -1, tables.workers)])
        reader = threading.Thread(target=self._read, name="zbench-event-bus", daemon=True)
        self._threads = [reader]
        if self._watch is not None:
            watcher = threading.Thread(
                target=self._look, args=(self._watch, counters), name="zbench-alerts", daemon=True
            )
            self._threads.append(watcher)
        for thread in self._threads:
            thread.start()

    def publish(self, events: list[Event]) -> None:
        """Offer events to every subscription."""
        for subscription in self._subscriptions:
            subscription.offer(events)

    def abandon(self) -> None:
        """Have the threads end, and the subscriptions; takes no lock."""
        self._abandoned = True

    def close(self, timeout: float = JOIN_S) -> None:
        """Publish the remaining events and SystemStopped, then end every subscription.

        Callbacks have ``timeout`` seconds, together, to empty their queues. Caller: the
        system, once its workers have ended. May be called again.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._end_all(min(timeout, JOIN_S))

    def _end_all(self, timeout: float) -> None:
        """Publish SystemStopped, and end every subscription."""
        until = time.monotonic() + timeout
        self.publish([SystemStopped(time.perf_counter_ns(), -1, -1)])
        for subscription in self._subscriptions:
            subscription.end(max(0.0, until - time.monotonic()))

    def _read(self) -> None:
        """Publish events until the bus closes, and then the remaining ones."""
        assert self._tables is not None
        rows = self._tables.workers + 1
        out = np.empty(rows * self.slots * event_row.SLOT_WORDS, np.int64)
        pause = SHORTEST_PAUSE_S
        while True:
            # Read before the rings, so that the last round leaves no event behind.
            stopping = self._stopping.is_set() or self._abandoned
            taken = drain(self._tables.event, rows, self.slots, self.slots, out)
            if taken > 0:
                pause = SHORTEST_PAUSE_S
                if self._subscriptions:
                    words = out[: taken * event_row.SLOT_WORDS].reshape(-1, event_row.SLOT_WORDS)
                    self.publish([decode(row) for row in words.tolist()])
            elif stopping:
                if self._abandoned and not self._stopping.is_set():
                    self._closed = True
                    self._end_all(timeout=0.0)
                return
            else:
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def _look(self, watch: Watch, counters: Callable[[], Mapping[str, int]]) -> None:
        """Compare counters with thresholds until the bus closes, and once more then."""
        stopping = False
        while not stopping:
            stopping = self._stopping.wait(self._interval) or self._abandoned
            # list: a list of alerts is no list of events to the type checker.
            self.publish(list(watch.look(counters(), self.dropped(), time.perf_counter_ns())))


def _limit(timeout: float | None) -> float | None:
    """A time to wait, which a condition takes; None: without limit."""
    if timeout is None:
        return None
    return seconds("timeout", timeout, threading.TIMEOUT_MAX)


def _check_callback(callback: object) -> None:
    if not callable(callback):
        msg = f"callback must be a function of one event, got {shown(callback)}"
        raise TypeError(msg)


def _classes(kinds: object) -> tuple[type[Event], ...]:
    """Classes of events; one of anything else would end the thread that compares with it."""
    listed = tuple(kinds) if isinstance(kinds, Iterable) else (None,)
    if not all(isinstance(kind, type) and issubclass(kind, Event) for kind in listed):
        msg = f"kinds must be a list of classes of events, got {shown(kinds)}"
        raise TypeError(msg)
    return listed


def bus_of(events: "bool | EventBus") -> EventBus | None:
    """The bus that ``ActorSystem(events=...)`` asks for, or None."""
    if isinstance(events, EventBus):
        return events
    return EventBus() if events else None
