"""The end of a run of actors: a clock that was stopped too early is a wrong answer."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from zbench.scenarios.support.core_run import IDLE_LOOKS, LATE, CoreRun
from zbench.scenarios.support.faults import UnfinishedError


class System:
    """What a CoreRun sees of a system: each row of counters once, then the number of finishes."""

    cache = "warm"
    workers = 1

    def __init__(self, in_time, at_rest, finishes=1):
        self.processed = [0, in_time, at_rest]
        self.finishes = [0, finishes]

    def counters_by_worker(self):
        names = ("failures", "dead_letters", "spills")
        zeros = {name: np.zeros(1, np.int64) for name in names}
        return {**zeros, "processed": np.array([self.processed.pop(0)])}

    def finished(self):
        return self.finishes.pop(0)

    def wait(self, _runs, _timeout):
        return 10**18

    def await_rest(self, _timeout):
        pass


def error_of(system, messages, **options):
    return CoreRun(system, start=lambda: None, messages=messages, **options).run().error


def test_work_after_the_clock_was_stopped_is_a_wrong_answer():
    error = error_of(System(200_000, 10**6), 10**6)
    assert error.startswith("at least 800000 of 1000000 messages were handled after ctx.finish()")


@pytest.mark.parametrize("late", [0, 1, LATE])
def test_a_few_messages_after_the_end_are_no_error(late):
    assert error_of(System(10**6 - late, 10**6), 10**6) is None


def test_a_load_may_go_on_after_the_end_if_it_says_so():
    assert error_of(System(0, 10**6), 10**6, goes_on=True) is None


@pytest.mark.parametrize(("called", "expected"), [(2, 1), (10, 3)])
def test_more_finishes_than_expected_are_a_wrong_answer(called, expected):
    error = error_of(System(9, 9, called), 9, finishes=expected)
    assert error == f"ctx.finish() was called {called} times, expected {expected}"


class Unfinished(System):
    """A system whose ``wait`` is always in vain, with the messages handled at each look."""

    def __init__(self, handled, timers=0):
        super().__init__(0, 0)
        self.handled = handled
        self.tables = SimpleNamespace(timers=timers)

    def finished(self):
        return 2

    def wait(self, _runs, _timeout):
        raise TimeoutError

    def faults(self):
        return []

    def at_rest(self):
        return self.handled[0] is not None

    def counters(self):
        return {"processed": self.handled.pop(0)}


@pytest.fixture
def alone(monkeypatch):
    """No other thread runs, such as those of a parallel test run; append some to the list."""
    found = [threading.current_thread()]
    found += [threading.Thread(name=f"zbench-{name}") for name in ("0", "events")]
    monkeypatch.setattr(threading, "enumerate", lambda: found)
    return found


@pytest.mark.usefixtures("alone")
def test_a_run_in_which_nothing_is_left_to_do_is_given_up():
    busy, idle = [1, 2, 3], [4] * IDLE_LOOKS
    system = Unfinished(busy + idle)
    with pytest.raises(UnfinishedError) as given_up:
        error_of(system, 4, finishes=3)
    assert str(given_up.value).startswith("ctx.finish() was called 0 times, expected 3, and no")
    assert system.handled == []


@pytest.mark.parametrize("name", ["feeder", "zbench-callback"])
def test_a_run_that_a_thread_of_pythons_may_end_goes_on(alone, name):
    alone.append(threading.Thread(name=name))
    looks = IDLE_LOOKS + 1
    system = Unfinished([4] * (looks + IDLE_LOOKS))

    def ends_after_some_looks(_runs, _timeout):
        nonlocal looks
        looks -= 1
        if looks == 0:
            alone.pop()
        raise TimeoutError

    system.wait = ends_after_some_looks
    with pytest.raises(UnfinishedError):
        error_of(system, 4)
    assert looks < 0, "given up while the thread was there"


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("system", [Unfinished([None]), Unfinished([4], timers=8)])
def test_a_run_that_a_message_or_a_timer_may_end_has_its_time(system):
    with pytest.raises(TimeoutError):
        error_of(system, 4, timeout_s=0.01)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"finishes": 0}, "finishes must be"),
        ({"finishes": 1.5}, "finishes must be an integer"),
        ({"messages": -1}, "messages must be"),
        ({"messages": "9"}, "messages must be an integer"),
        ({"messages": True}, "messages must be an integer"),
        ({"messages": None}, "messages must be an integer"),
        ({"wanted": None, "answer": lambda: 1}, "wanted must be an integer"),
        ({"wanted": 3}, "wanted=3 needs answer="),
    ],
)
def test_a_wrong_argument_is_named(options, line):
    with pytest.raises((TypeError, ValueError), match=line):
        CoreRun(System(9, 9), **{"start": lambda: None, "messages": 9, **options})
