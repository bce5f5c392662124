"""Every public call of a system with values it does not take: one line, nothing sent or left."""

import decimal
import math
import time

import numpy as np
import pytest
from zbench.core import ActorSystemError
from zbench.core.actors.refs import BEYOND, ActorRef
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.system import entry_points

from tests.core.behaviours.calls import COUNT, REPLY, called, system_of

pytestmark = pytest.mark.compiles


class Broken:
    """An object that cannot even be shown."""

    def __repr__(self):
        raise RuntimeError("no")


NO_INTEGERS = [
    2.75, math.nan, math.inf, None, "7", b"7", "", [1], (), {}, 1j, object(), Broken(),
    decimal.Decimal(1), np.float32(1), np.array([1, 2]), np.array(1.5), called,
]  # fmt: skip
NO_WORDS = [*NO_INTEGERS, 1 << 63, -(1 << 63) - 1, np.uint64(1 << 63), 10**5000]
NO_NUMBERS = ["1", b"1", [1], 1j, True, np.True_, object(), Broken(), math.nan, -1, -math.inf]

# Calls with one wrong argument each, by the kind of value that is wrong.
OF_WORDS = {
    "tell": lambda s, a, v: a.tell(COUNT, v),
    "tell, a later word": lambda s, a, v: s.tell(a, COUNT, 1, 2, v),
    "tell_many": lambda s, a, v: s.tell_many([a], COUNT, v),
    "tell_system": lambda s, a, v: s.tell_system(a, COUNT, v),
    "ask": lambda s, a, v: s.ask(a, REPLY, v),
    "send_after": lambda s, a, v: s.send_after(0, a, COUNT, v),
    "spawn": lambda s, a, v: s.spawn(called, v),
    "spawn_many": lambda s, a, v: s.spawn_many(called, 2, 0, v),
    "router_pool": lambda s, a, v: s.router_pool("random", called, 2, v),
}
OF_INTEGERS = {
    "tell a kind": lambda s, a, v: a.tell(v),
    "tell_many a kind": lambda s, a, v: s.tell_many([a], v),
    "tell_system a kind": lambda s, a, v: s.tell_system(a, v),
    "ask a kind": lambda s, a, v: s.ask(a, v),
    "send_after a kind": lambda s, a, v: s.send_after(0, a, v),
    "tell to": lambda s, a, v: s.tell(v, COUNT),
    "tell_many to one of": lambda s, a, v: s.tell_many([a, v], COUNT),
    "tell_system to": lambda s, a, v: s.tell_system(v, COUNT),
    "ask of": lambda s, a, v: s.ask(v, COUNT),
    "send_after to": lambda s, a, v: s.send_after(0, v, COUNT),
    "watch": lambda s, a, v: s.watch(v),
    "poison": lambda s, a, v: s.poison(a, v),
    "kill": lambda s, a, v: s.kill(a, v),
    "is_alive": lambda s, a, v: s.is_alive(v),
    "state": lambda s, a, v: s.state(v),
    "mailbox": lambda s, a, v: s.mailbox(v),
    "router": lambda s, a, v: s.router("random", [a, v]),
    "router, its room": lambda s, a, v: s.router("random", [a], room=v if v is not None else ""),
    "router_pool, its number": lambda s, a, v: s.router_pool("random", called, v),
    "migrate": lambda s, a, v: s.migrate(v, 0),
    "migrate to": lambda s, a, v: s.migrate(a, v),
    "cancel": lambda s, a, v: s.cancel(v),
    "spawn_many, its number": lambda s, a, v: s.spawn_many(called, v),
    "wait": lambda s, a, v: s.wait(v if v is not None else "", 0),
    "tree": lambda s, a, v: s.tree(v),
    "settings": lambda s, a, v: setattr(s.settings, "batch", v),
    "spins": lambda s, a, v: setattr(s.settings, "spins", v),
}
OF_SECONDS = {
    "ask": lambda s, a, v: s.ask(a, REPLY, timeout=v),
    "watch": lambda s, a, v: s.watch(a, timeout=v),
    "send_after": lambda s, a, v: s.send_after(v, a, COUNT),
    "send_after every": lambda s, a, v: s.send_after(0, a, COUNT, every=v),
    "wait": lambda s, a, v: s.wait(timeout=v),
    "await_rest": lambda s, a, v: s.await_rest(v),
    "stop": lambda s, a, v: s.stop(v),
    "terminate": lambda s, a, v: s.terminate(v),
}
OTHERS = {
    "a behaviour of none": lambda s, a: s.spawn(None),
    "a behaviour of another system": lambda s, a: s.spawn(print),
    "a behaviour's unknown name": lambda s, a: s.spawn("nobody"),
    "a name that is none": lambda s, a: s.behaviour(3),
    "a list that is none": lambda s, a: s.tell_many(5, COUNT),
    "a text of references": lambda s, a: s.tell_many("12", COUNT),
    "a table of references": lambda s, a: s.tell_many(np.ones((2, 2), np.int64), COUNT),
    "references of floats": lambda s, a: s.tell_many(np.ones(2), COUNT),
    "references of bools": lambda s, a: s.tell_many(np.ones(2, bool), COUNT),
    "references beyond 64 bits": lambda s, a: s.tell_many(np.full(2, 1 << 63, np.uint64), COUNT),
    "too many words": lambda s, a: a.tell(COUNT, *range(7)),
    "too much state": lambda s, a: s.spawn(called, *range(1000)),
    "a strategy that is none": lambda s, a: s.router(3, [a]),
    "an unknown strategy": lambda s, a: s.router("best", [a]),
    "routees that are no list": lambda s, a: s.router("random", 3),
    "a routee that is no actor": lambda s, a: s.router("random", [a, BEYOND]),
    "a number below 0": lambda s, a: s.spawn_many(called, -1),
    "a number beyond all memory": lambda s, a: s.spawn_many(called, 1 << 62),
    "a pool beyond the room": lambda s, a: s.router_pool("random", called, 5000, room=5000),
    "a kind beyond 16 bits": lambda s, a: a.tell(1 << 16),
    "no events": lambda s, a: s.events,
    "no loads": lambda s, a: s.loads(),
}


@pytest.fixture(scope="module")
def system():
    with system_of() as made:
        yield made


@pytest.fixture(scope="module")
def ref(system):
    made = system.spawn(called)
    assert system.ask(made, REPLY, 1).result(timeout=60).data[0] == 1
    system.await_rest()
    return made


def one_line(call, *arguments):
    """Make a call that must fail, with one line."""
    with pytest.raises((TypeError, ValueError, ActorSystemError)) as raised:
        call(*arguments)
    (line,) = str(raised.value).splitlines()
    assert 10 < len(line) < 250


def unchanged(system, ref, calls):
    """Make the calls; nothing was sent, made, kept or compiled."""
    before = system.counters(), system.tree().live, overloads()
    calls()
    assert (system.counters()["sent"], system.tree().live) == (before[0]["sent"], before[1])
    assert overloads() == before[2]
    # No row of questions is lost.
    answers = [system.ask(ref, REPLY, k, timeout=60) for k in range(8)]
    assert [a.result(timeout=60).data[0] for a in answers] == [*range(8)]
    system.await_rest()


def overloads():
    """Number of types that each entry point was compiled for."""
    if INTERPRETED:
        return {}
    return {
        name: len(kernel.overloads)
        for name, kernel in vars(entry_points).items()
        if hasattr(kernel, "overloads") and name in ("tell_many", "spawn_many", "watch")
    }


@pytest.mark.parametrize(
    ("calls", "values"),
    [
        (OF_WORDS, NO_WORDS),
        (OF_INTEGERS, [*NO_WORDS, True, np.False_]),
        (OF_SECONDS, NO_NUMBERS),
    ],
    ids=["words", "integers", "seconds"],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line_and_nothing_is_sent(
    system, ref, calls, values
):
    def every():
        for name, call in calls.items():
            for value in values:
                print(name, type(value))
                one_line(call, system, ref, value)

    unchanged(system, ref, every)


@pytest.mark.parametrize("name", OTHERS)
def test_what_a_call_does_not_take_is_refused_in_one_line_and_nothing_is_sent(system, ref, name):
    unchanged(system, ref, lambda: one_line(OTHERS[name], system, ref))


def test_a_router_refuses_what_is_no_actor_of_its_system(system, ref):
    router = system.router("round-robin", [ref])
    with system_of() as two:
        other = two.spawn(called)
        for call in (router.add, router.remove):
            for value in (*NO_INTEGERS, True, other):
                one_line(call, value)
    one_line(router.add, -1)
    one_line(router.tell, COUNT, None)
    one_line(router.tell, None)
    assert router.routees() == [ref]


def test_a_reference_of_another_system_is_refused_by_every_call_that_takes_one(system, ref):
    with system_of() as two:
        other = two.spawn(called)
        calls = {n: c for n, c in OF_INTEGERS.items() if n not in ("settings", "spins", "tree")}
        for name, call in calls.items():
            print(name)
            one_line(call, system, ref, other)
        one_line(system.state, ActorRef(two, ref.value))
        two.await_rest()
        assert two.counters()["sent"] == 0
        assert two.is_alive(other)
    assert system.is_alive(ref)


@pytest.mark.parametrize(
    "kind", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64, np.uint64, bool, np.bool_]
)
def test_integers_of_every_width_are_taken_and_compile_nothing(system, ref, kind):
    before = overloads()
    one = kind(1)
    ref.tell(COUNT, one)
    system.await_rest()
    assert system.state(ref)[2] == 1
    child = system.spawn(called, one)
    assert system.state(child)[0] == 1
    if kind not in (bool, np.bool_):
        reference = kind if kind(1).nbytes >= 4 else np.int32  # references are wider than 16 bits
        to = reference(child.value)
        assert system.ask(to, kind(REPLY), one, timeout=60).result(60).data[0] == 1
        array = np.array([child.value], reference)
        array.setflags(write=False)
        system.tell_many(array, COUNT, one)
        system.tell_many(array[::-1], COUNT, one)
        system.tell_many([child, to], COUNT)
        assert system.wait(kind(0), timeout=0) >= 0
        system.await_rest()
        assert system.state(child)[0] == 6
    assert system.kill(child) == 1
    system.await_rest()
    assert overloads() == before


@pytest.mark.parametrize("value", [(1 << 63) - 1, -(1 << 63), 0])
def test_the_outermost_words_arrive(system, ref, value):
    ref.tell(COUNT, value)
    system.await_rest()
    assert system.state(ref)[2] == value


@pytest.mark.parametrize("long", [1e10, 1e300, math.inf, 10**400])
def test_times_without_end_are_very_long(system, ref, long):
    assert system.ask(ref, REPLY, 3, timeout=long).result(timeout=60).data[0] == 3
    watched = system.watch(ref, timeout=long)
    assert system.cancel(system.send_after(long, ref, COUNT))
    assert system.cancel(system.send_after(1e9, ref, COUNT, every=long))
    assert watched.cancel()
    system.await_rest(long)
    assert system.wait(0, timeout=long) >= 0


def test_a_period_shorter_than_a_nanosecond_is_a_period(system):
    child = system.spawn(called)
    timer = system.send_after(0, child, COUNT, every=1e-12)
    while system.state(child)[0] < 3:
        time.sleep(0.001)
    assert system.cancel(timer)
    system.kill(child)
    system.await_rest()


def test_refused_questions_watches_and_actors_leave_no_trace(system, ref):
    watches = [system.watch(ref) for _ in range(7)]
    for _ in range(300):
        one_line(system.watch, None)
        one_line(system.ask, ref, None)
    watches.append(system.watch(ref))
    one_line(system.watch, ref)  # asks=8 are taken
    for answer in watches:
        answer.cancel()
    live = system.tree().live
    for _ in range(3):
        one_line(system.spawn_many, called, 5000)
        one_line(system.router_pool, "random", called, 5000)
        one_line(lambda: system.router_pool("random", called, 50, room=4000))
    assert system.tree().live == live
    refs = system.spawn_many(called, 100 - live)
    system.poison(*refs)
    system.await_rest()
