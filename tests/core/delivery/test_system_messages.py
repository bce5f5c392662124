"""System messages overtake user messages, and stay in order."""

import time

import pytest
from zbench.core import ActorSystem, ActorSystemError, Props, Supervisor
from zbench.core.memory.index_pool import POOL_BATCH

from tests.core.behaviours import common as b
from tests.core.behaviours.aside import CLOSE, FIRST, FLOOD, ITEM, OPEN, RAISE, door

pytestmark = pytest.mark.compiles


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(
        [door], workers=1, actors=100, stash=50, system_messages=100, state_words=1024,
        dispatch=request.param,
    ) as made:  # fmt: skip
        yield made


def items(system, ref):
    return list(system.state(ref)[FIRST : FIRST + int(system.state(ref)[1])])


def test_system_messages_overtake_user_messages_in_order(system):
    to, by = system.spawn(door), system.spawn(door)
    to.tell(OPEN)
    system.await_rest()
    # Less than a ring: the one worker handles all of the flood before its receiver runs.
    by.tell(FLOOD, to.value, 50)
    system.await_rest()
    assert items(system, to) == [-1, -2, *range(50)]
    assert system.state(to)[3] == 2
    assert system.counters()["dead_letters"] == 0


def test_a_system_message_wakes_an_idle_actor(system):
    ref = system.spawn(door)
    for k in range(200):
        system.tell_system(ref, OPEN if k == 0 else ITEM, k)
        if k % 3 == 0:
            system.await_rest()
    system.await_rest()
    assert items(system, ref) == list(range(1, 200))
    assert system.state(ref)[3] == 200


def test_a_system_message_may_be_put_aside_and_keeps_its_class(system):
    ref = system.spawn(door)
    system.tell_system(ref, ITEM, 1)
    ref.tell(ITEM, 2)
    system.await_rest()
    assert system.counters()["stashed"] == 2
    ref.tell(OPEN)
    system.await_rest()
    assert items(system, ref) == [1, 2]
    assert system.state(ref)[3] == 2  # looked at twice


def test_system_messages_to_the_dead_are_dead_letters(system):
    ref = system.spawn(door)
    system.poison(ref)
    system.await_rest()
    system.tell_system(ref, ITEM)
    system.tell_system(-1, ITEM)
    system.tell_system(1 << 40, ITEM)
    system.await_rest()
    assert system.counters()["dead_letters"] == 3


def test_without_room_a_system_message_is_refused(system):
    to, by = system.spawn(door), system.spawn(door)
    by.tell(OPEN)
    many = 100 + 6 * POOL_BATCH + 1
    for _ in range(many):
        by.tell(FLOOD, to.value, 0)
    system.await_rest()
    counted = system.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"] + counted["stashed"]
    assert counted["refused"] == counted["dead_letters"]


def test_a_system_message_waits_for_the_restart_of_a_failed_actor():
    with ActorSystem(
        [Props(door)], workers=2, stash=50, system_messages=100, state_words=1024, timers=16,
        guardian=Supervisor("restart", backoff=(0.02, 0.02)),
    ) as system:  # fmt: skip
        ref = system.spawn(door)
        ref.tell(RAISE)
        system.tell_system(ref, OPEN)
        ref.tell(ITEM, 1)
        ref.tell(CLOSE)
        while system.counters()["restarts"] < 1:
            time.sleep(0.001)
        system.await_rest()
        assert system.is_alive(ref)
        system.kill(ref)
        system.tell_system(ref, OPEN)
        system.await_rest()
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def test_a_system_without_room_for_system_messages_says_so():
    with (
        ActorSystem(b.BEHAVIOURS, workers=1) as system,
        pytest.raises(ActorSystemError, match="system_messages=1000"),
    ):
        system.tell_system(0, ITEM)
