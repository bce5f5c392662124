"""Messages are put aside and come back in order, or end as dead letters."""

import pytest
from zbench.core import ActorSystem, Props, Supervisor
from zbench.core.memory.index_pool import POOL_BATCH

from tests.core.behaviours.aside import CLOSE, FIRST, ITEM, OPEN, RAISE, TWICE, door

pytestmark = pytest.mark.compiles

ROOM = 50


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(
        [door], workers=2, actors=100, stash=ROOM, system_messages=8, state_words=256,
        dispatch=request.param,
    ) as made:  # fmt: skip
        yield made


def sums_hold(system):
    system.await_rest()
    counted = system.counters()
    return (
        counted["sent"] == counted["processed"] + counted["dead_letters"] + counted["stashed"]
        and counted["processed"] >= 0
        and counted["stashed"] >= 0
    )


def items(system, ref):
    return list(system.state(ref)[FIRST : FIRST + int(system.state(ref)[1])])


def test_what_is_put_aside_comes_back_oldest_first_and_before_the_mailbox(system):
    ref = system.spawn(door)
    for k in range(5):
        ref.tell(ITEM, k)
    system.await_rest()
    assert items(system, ref) == []
    assert system.counters()["stashed"] == 5
    assert system.counters()["processed"] == 0
    assert system.tree().actors[0].stashed == 5
    assert ", 5 stashed" in str(system.tree())
    ref.tell(OPEN)
    ref.tell(ITEM, 5)
    assert sums_hold(system)
    assert items(system, ref) == [0, 1, 2, 3, 4, 5]
    assert system.counters()["stashed"] == 0
    assert system.counters()["processed"] == 7


def test_what_came_back_may_be_put_aside_again(system):
    ref = system.spawn(door)
    for k in range(ROOM):
        ref.tell(ITEM, k, CLOSE if k == 2 else 0)
    # Every detached message is in use, and a stashed one needs no other.
    for _ in range(4):
        ref.tell(OPEN)
        assert sums_hold(system)
    assert items(system, ref) == list(range(ROOM))


def test_a_message_put_aside_twice_comes_back_twice(system):
    ref = system.spawn(door)
    ref.tell(TWICE)
    system.await_rest()
    assert system.counters()["stashed"] == 2
    ref.tell(OPEN)
    system.await_rest()
    assert system.counters()["stashed"] == 4


@pytest.mark.parametrize("dispatch", ["specialised", "table"])
def test_a_full_stash_says_so_and_the_message_counts_as_handled(dispatch):
    # One worker: an actor that moves finds room in the next worker's cache after a refusal.
    with ActorSystem(
        [door], workers=1, actors=100, stash=ROOM, system_messages=8, state_words=256,
        dispatch=dispatch,
    ) as system:  # fmt: skip
        ref = system.spawn(door)
        many = ROOM + 6 * POOL_BATCH + 100
        for k in range(many):
            ref.tell(ITEM, k)
        assert sums_hold(system)
        refused = int(system.state(ref)[2])
        assert 100 <= refused <= many - ROOM
        assert system.counters()["stashed"] == many - refused
        ref.tell(OPEN)
        assert sums_hold(system)
        assert items(system, ref) == list(range(many - refused))[: 256 - FIRST]


def test_an_actors_end_makes_dead_letters_of_what_it_put_aside(system):
    ref = system.spawn(door)
    for k in range(20):
        ref.tell(ITEM, k)
    system.poison(ref)
    assert sums_hold(system)
    assert system.counters()["dead_letters"] == 20
    # The detached messages are free again.
    for _ in range(20):
        again = system.spawn(door)
        for k in range(ROOM):
            again.tell(ITEM, k)
        system.poison(again)
        assert sums_hold(system)
        assert system.state(again)[2] == 0


def test_a_restart_brings_back_what_was_put_aside():
    with ActorSystem(
        [Props(door)], workers=2, stash=ROOM, system_messages=8, state_words=256,
        guardian=Supervisor("restart"),
    ) as system:  # fmt: skip
        ref = system.spawn(door)
        for k in range(10):
            ref.tell(ITEM, k)
        ref.tell(RAISE)
        assert sums_hold(system)
        # The door is closed in its first state, so all were put aside again.
        assert system.counters()["stashed"] == 10
        ref.tell(OPEN)
        assert sums_hold(system)
        assert items(system, ref) == list(range(10))
        ref.tell(CLOSE)
        ref.tell(ITEM, 1)
        system.await_rest()
        system.kill(ref)
        system.await_rest()
        assert sums_hold(system)
        assert system.counters()["dead_letters"] == 1
