"""The end of a system: in time, whatever behaviours do, and with every message counted."""

import gc
import os
import signal
import threading
import time
import warnings
import weakref

import numpy as np
import pytest
from zbench.core import ActorSystem, ActorSystemError, EventBus, SystemStopped, Tuner
from zbench.core.compile.kernel import INTERPRETED

from tests.core.behaviours import aside
from tests.core.behaviours import common as b
from tests.core.behaviours.calls import COUNT, FINISH, HOLD, REPLY, called, release, system_of

pytestmark = pytest.mark.compiles


def held(system):
    """An actor whose behaviour does not return until ``release``."""
    ref = system.spawn(called)
    ref.tell(HOLD)
    while system.state(ref)[0] == 0:
        time.sleep(0.001)
    return ref


def settled(system):
    counted = system.counters()
    return counted["sent"] == counted["processed"] + counted["dead_letters"]


@pytest.mark.parametrize("waiting", [0, 1, 1000])
def test_messages_that_wait_at_the_end_are_dead_letters(waiting):
    system = system_of()
    ref = held(system)
    others = system.spawn_many(called, 3)
    for k in range(waiting):
        ref.tell(COUNT)
        system.tell(int(others[k % 3]), COUNT)
        system.tell_system(ref, COUNT) if k < 10 else None
    threading.Timer(0.1, release, (system, ref)).start()
    system.stop(timeout=60)
    assert settled(system)
    assert system.at_rest()
    system.await_rest()
    assert system.counters()["processed"] + system.counters()["dead_letters"] == 1 + (
        2 * waiting + min(waiting, 10)
    )


def test_stashed_messages_are_dead_letters_at_the_end():
    with ActorSystem([aside.door], workers=2, stash=64, system_messages=8) as system:
        ref = system.spawn(aside.door)
        for _ in range(10):
            ref.tell(aside.ITEM)
        system.await_rest()
        assert system.counters()["stashed"] == 10
    assert settled(system)
    assert (system.counters()["stashed"], system.counters()["dead_letters"]) == (0, 10)


@pytest.mark.parametrize("how", ["stop", "terminate", "with", "with an error"])
def test_a_behaviour_that_does_not_return_holds_up_no_end(how, monkeypatch):
    system = system_of()
    monkeypatch.setattr("zbench.core.system.system.GRACE_S", 0.1)
    monkeypatch.setattr(ActorSystem.stop, "__defaults__", (0.1,))
    ref = held(system)
    ref.tell(COUNT)
    waiting = system.ask(ref, REPLY, timeout=60)
    try:
        if how == "with an error":
            with pytest.raises(KeyError) as raised, system:
                raise KeyError
            assert "1 of 1 workers still run a behaviour" in raised.value.__notes__[0]
        else:
            end = system.__exit__ if how == "with" else getattr(system, how)
            with pytest.raises(TimeoutError, match=r"after 0\.1 s"):
                end(*(None, None, None) if how == "with" else (0.1,))
        with pytest.raises(TimeoutError, match="the system was stopped"):
            waiting.result(timeout=60)
        with pytest.raises(ActorSystemError, match="the system was stopped"):
            ref.tell(COUNT)
        with pytest.raises(ActorSystemError, match="the system was stopped"):
            system.wait(timeout=60)
        with pytest.raises(ActorSystemError, match="a worker has not ended"):
            system.await_rest()
    finally:
        release(system, ref)
    system.stop(timeout=60)
    assert settled(system)
    assert not any(thread.is_alive() for thread in system._remains.threads)


CALLS = {
    "wait": lambda s: s.wait(),
    "wait with a time-out": lambda s: s.wait(timeout=60),
    "await_rest": lambda s: s.await_rest(timeout=60),
    "terminate": lambda s: s.terminate(timeout=60),
    "stop": lambda s: s.stop(timeout=60),
}


def interrupted(system, call):
    """Make a call within a with statement, and press Ctrl-C meanwhile."""
    with system:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        call(system)


@pytest.mark.skipif(INTERPRETED, reason="behaviours are Python code")
@pytest.mark.parametrize("name", CALLS)
def test_one_ctrl_c_ends_a_call_that_waits_and_the_with_statement(name, monkeypatch):
    monkeypatch.setattr("zbench.core.system.system.GRACE_S", 0.1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        system = system_of()
        ref = held(system)
        ref.tell(COUNT)
        with pytest.raises(KeyboardInterrupt):
            interrupted(system, CALLS[name])
    finally:
        signal.signal(signal.SIGINT, before)
        release(system, ref)
    system.stop(timeout=60)
    assert settled(system)


def test_the_next_finish_is_one_that_no_wait_has_returned_for():
    with system_of() as system:
        ref = system.spawn(called)
        ref.tell(FINISH)
        first = system.wait(timeout=60)
        with pytest.raises(TimeoutError, match="not finished"):
            system.wait(timeout=0.05)
        for _ in range(3):  # may finish before the call
            ref.tell(FINISH)
            system.await_rest()
        times = [system.wait(timeout=60) for _ in range(3)]
        assert first <= times[0] == times[2]  # the time of the last one so far
        with pytest.raises(TimeoutError, match="not finished"):
            system.wait(timeout=0)
        ref.tell(FINISH)
        system.wait(5, timeout=60)  # in all: counts as waited for
        with pytest.raises(TimeoutError, match="not finished"):
            system.wait(timeout=0)
        assert system.wait(3, timeout=0) > 0
        assert system.finished() == 5


def test_threads_that_wait_at_once_get_the_same_finish():
    with system_of() as system:
        ref = system.spawn(called)
        waiting = [threading.Thread(target=system.wait, args=(None, 60)) for _ in range(8)]
        for thread in waiting:
            thread.start()
        time.sleep(0.05)
        ref.tell(FINISH)
        for thread in waiting:
            thread.join(60)
        assert not any(thread.is_alive() for thread in waiting)


def test_a_wait_ends_when_another_thread_stops_the_system():
    system = system_of()
    errors = []

    def wait():
        try:
            system.wait()
        except ActorSystemError as error:
            errors.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    system.stop()
    thread.join(60)
    assert errors[0].startswith("the system was stopped before it was finished")


@pytest.mark.parametrize("cycle", [False, True])
@pytest.mark.parametrize("extra", [False, True])
def test_a_system_that_is_dropped_warns_and_its_threads_and_memory_go(cycle, extra):
    bus = EventBus() if extra else False
    # No call from outside: references hold their system.
    system = system_of(events=bus, tuner=Tuner(interval=0.01) if extra else False)
    ref = system.spawn(called)
    waiting = system.ask(ref, COUNT, timeout=1000)
    watched = system.watch(ref)
    stream = bus.stream([SystemStopped], timeout=60) if extra else ()
    threads = [*system._remains.threads, system._asking._thread]
    threads += [*bus._threads, system.tuner._thread] if extra else []
    tables = weakref.ref(system.tables.actor)
    assert all(thread.is_alive() for thread in threads)
    if cycle:
        system.me = system
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del system, ref
        gc.collect()
    assert [w.category for w in caught] == [ResourceWarning]
    assert "call stop()" in str(caught[0].message)
    for answer in (waiting, watched):
        with pytest.raises(TimeoutError, match="the system was stopped"):
            answer.result(timeout=60)
    assert len(list(stream)) == extra
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    del waiting, watched, answer, bus, stream, threads, thread
    until = time.monotonic() + 60
    while tables() is not None and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert tables() is None


def test_a_system_that_was_stopped_goes_without_a_warning():
    system = system_of()
    system.stop()
    dropped = weakref.ref(system)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del system
        gc.collect()
    assert dropped() is None


def others():
    """Threads of zbench in this process."""
    return {t for t in threading.enumerate() if t.name.startswith("zbench")}


WRONG = {
    "a bus that serves another system": {"events": EventBus},
    "a tuner that serves another system": {"tuner": Tuner},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_system_that_cannot_start_leaves_nothing_and_harms_nobody(name):
    ((option, make),) = WRONG[name].items()
    shared = make()
    with system_of(**{option: shared}) as one:
        before = others()
        with pytest.raises((ValueError, RuntimeError)):
            system_of(**{option: shared})
        assert others() == before
        assert one.ask(one.spawn(called), REPLY, 3).result(timeout=60).data[0] == 3


def test_a_thread_that_cannot_be_started_leaves_no_other(monkeypatch):
    before = others()
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "zbench-1":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        system_of(workers=2, events=True)
    assert others() == before


def test_stop_may_be_called_by_many_threads_at_once():
    system = ActorSystem(b.BEHAVIOURS, workers=2, actors=1000)
    refs = system.spawn_many(b.actor, 100)
    for _ in range(100):
        system.tell_many(refs, b.COUNT)
    threads = [threading.Thread(target=system.stop) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert settled(system)
    assert system.counters()["sent"] == 10_000
    assert np.all(system.counters_by_worker()["dead_letters"] >= 0)


def test_terminate_twice_is_harmless_and_after_stop_an_error():
    system = system_of()
    system.spawn(called)
    system.terminate()
    system.terminate()
    system.stop()
    other = system_of()
    other.stop()
    with pytest.raises(ActorSystemError, match="the system was stopped"):
        other.terminate()
