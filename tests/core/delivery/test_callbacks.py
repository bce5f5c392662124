"""Callbacks of answers: what one of them does affects no other answer."""

import concurrent.futures
import logging
import sys
import threading
import time

import pytest
from zbench.core import ActorSystemError
from zbench.core.delivery import callbacks
from zbench.core.delivery.callbacks import CallbackThreads

from tests.core.behaviours.calls import COUNT, HOLD, REPLY, called, release, system_of
from tests.core.waiting import until

pytestmark = pytest.mark.compiles


@pytest.fixture(scope="module")
def system():
    with system_of() as made:
        yield made


@pytest.fixture(scope="module")
def actor(system):
    return system.spawn(called)


@pytest.fixture
def ref(system, actor):
    """An actor to ask, once the callbacks of the test before have asked their questions."""
    wait_for_room(system)
    return actor


def raise_(error):
    raise error


def wait_for_room(system):
    """Wait until no question is open: an answer may be complete before its callbacks return."""
    until(lambda: len(system._asking._free) == 8, 60)


CALLBACKS = {
    "raises SystemExit": lambda s, a, _: sys.exit(3),
    "raises KeyboardInterrupt": lambda s, a, _: raise_(KeyboardInterrupt()),
    "raises": lambda s, a, _: raise_(ValueError("asked to")),
    "asks and waits": lambda s, a, _: s.ask(a, REPLY, 7, timeout=60).result(timeout=60),
    "waits for no reply": lambda s, a, _: s.ask(a, COUNT, timeout=0.1).exception(timeout=60),
    "is slow": lambda s, a, _: time.sleep(0.5),
    "tells": lambda s, a, _: a.tell(COUNT),
    "watches": lambda s, a, _: s.watch(a).cancel(),
    "completes the answer again": lambda s, a, f: f.set_result(1),
    "adds another": lambda s, a, f: f.add_done_callback(lambda g: sys.exit(3)),
}


@pytest.mark.parametrize("late", [False, True], ids=["answered", "timed out"])
@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_affects_no_other_answer(system, ref, name, late, caplog):
    caplog.set_level(logging.CRITICAL)
    began, ended = threading.Event(), threading.Event()

    def call_back(future):
        began.set()
        try:
            CALLBACKS[name](system, ref, future)
        finally:
            ended.set()

    for _ in range(2):
        # The only worker is busy, so that no answer is complete before it has its callback.
        busy = system.spawn(called)
        busy.tell(HOLD)
        answer = system.ask(ref, COUNT if late else REPLY, 1, timeout=0.05 if late else 60)
        answer.add_done_callback(call_back)
        release(system, busy)
        system.poison(busy)
        assert began.wait(60)
        began.clear()
        assert system.ask(ref, REPLY, 5, timeout=60).result(timeout=60).data[0] == 5
        with pytest.raises(TimeoutError, match="no reply in time"):
            system.ask(ref, COUNT, timeout=0.0).result(timeout=60)
        assert ended.wait(60)
        ended.clear()


@pytest.mark.parametrize("how", ["stop", "terminate"])
def test_a_callback_may_end_the_system(how):
    system = system_of()
    ref = system.spawn(called)
    ended = []

    def end(_):
        getattr(system, how)(timeout=60)
        ended.append(True)

    waiting = system.ask(ref, COUNT, timeout=1000)
    busy = system.spawn(called)
    busy.tell(HOLD)
    system.ask(ref, REPLY, timeout=60).add_done_callback(end)
    release(system, busy)
    with pytest.raises(TimeoutError, match="the system was stopped"):
        waiting.result(timeout=60)
    until(lambda: ended, 60)
    system.stop()
    assert ended == [True]
    with pytest.raises(ActorSystemError, match="the system was stopped"):
        ref.tell(COUNT)


def test_a_callback_of_a_complete_answer_is_called_at_once(system, ref):
    answer = system.ask(ref, REPLY, 2, timeout=60)
    answer.result(timeout=60)
    called_by = []
    answer.add_done_callback(lambda f: called_by.append((threading.current_thread(), f)))
    assert called_by == [(threading.current_thread(), answer)]


def test_a_callback_of_a_cancelled_answer_is_called_once(system, ref):
    calls = []
    answer = system.ask(ref, COUNT, timeout=1000)
    answer.add_done_callback(calls.append)
    assert answer.cancel()
    assert system.ask(ref, REPLY, 2, timeout=60).result(timeout=60).data[0] == 2
    assert calls == [answer]


def test_answers_that_their_holder_completed_harm_no_other(system, ref):
    for complete in (
        lambda a: a.set_result(None),
        lambda a: a.set_exception(ValueError()),
        lambda a: a.cancel(),
    ):
        answers = [system.ask(ref, COUNT, timeout=1000) for _ in range(7)]
        for answer in answers:
            complete(answer)
        assert system.ask(ref, REPLY, 2, timeout=60).result(timeout=60).data[0] == 2
        wait_for_room(system)


def test_answers_can_be_waited_for_together(system, ref):
    answers = [system.ask(ref, REPLY, k, timeout=60) for k in range(8)]
    done, _ = concurrent.futures.wait(answers, timeout=60)
    assert sorted(a.result().data[0] for a in done) == [*range(8)]


def test_idle_threads_serve_later_callbacks_and_end_after_a_while(monkeypatch):
    monkeypatch.setattr(callbacks, "IDLE_S", 0.2)
    pool, served = CallbackThreads(), []

    def serve():
        served.append(threading.current_thread())

    for k in range(1, 4):
        pool.run(serve)
        until(lambda: len(pool._idle) > 0, 60)
        assert len(served) == k
    assert len(set(served)) <= 3
    for thread in served:
        thread.join(60)
        assert not thread.is_alive()
    pool.run(serve)
    until(lambda: len(served) == 4, 60)
    assert served[3] not in served[:3]
