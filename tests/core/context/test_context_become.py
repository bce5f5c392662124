"""Actors change their behaviour, and behaviours have names."""

import pytest
from zbench.core import (
    DATA,
    HEADER,
    ActorSystem,
    Context,
    Props,
    Supervisor,
    Words,
    behaviour,
    kind_of,
)

pytestmark = pytest.mark.compiles

COUNT, BECOME, BECOME_AND_STOP, BECOME_AND_RAISE, RAISE, SPAWN, FORWARD = range(1, 8)


@behaviour
def caterpillar(ctx: Context, state: Words, message: Words) -> None:
    """Count in word 0, and carry out the message's request. Word 3: a child."""
    kind = kind_of(message[HEADER])
    state[0] += 1
    if kind in (BECOME, BECOME_AND_STOP, BECOME_AND_RAISE):
        ctx.become(message[DATA])
    if kind == BECOME_AND_STOP:
        ctx.stop()
        ctx.become(message[DATA])
    if kind in (RAISE, BECOME_AND_RAISE):
        raise ValueError("asked to")
    if kind == SPAWN:
        state[3] = ctx.spawn(0)
    if kind == FORWARD:
        ctx.send(state[3], message[DATA], message[DATA + 1])


@behaviour
def butterfly(ctx: Context, state: Words, message: Words) -> None:
    """Count in word 1, and carry out the message's request."""
    kind = kind_of(message[HEADER])
    state[1] += 1
    if kind == BECOME:
        ctx.become(message[DATA])
    if kind == RAISE:
        raise ValueError("asked to")
    if kind == FORWARD:
        ctx.send(state[3], message[DATA], message[DATA + 1])


@behaviour
def started(ctx: Context, state: Words) -> None:
    """Start as the other behaviour."""
    ctx.become(1)


NAMES = {"caterpillar": caterpillar, "butterfly": butterfly}


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(NAMES, workers=2, actors=100, dispatch=request.param) as made:
        yield made


def test_another_behaviour_handles_the_messages_after_this_one(system):
    ref = system.spawn("caterpillar")
    for kind, index in [(COUNT, 0), (BECOME, 1), (COUNT, 0), (COUNT, 0), (BECOME, 0), (COUNT, 0)]:
        ref.tell(kind, index)
    system.await_rest()
    assert list(system.state(ref)[:2]) == [3, 3]
    assert system.counters()["stopped"] == 0


def test_a_change_hides_neither_a_stop_nor_a_fault(system):
    refs = [system.spawn("caterpillar") for _ in range(2)]
    refs[0].tell(BECOME_AND_STOP, 1)
    refs[1].tell(BECOME_AND_RAISE, 1)
    system.await_rest()
    assert not any(system.is_alive(r) for r in refs)
    assert system.counters()["failures"] == 1


def test_a_slot_used_again_has_the_behaviour_it_was_spawned_with(system):
    for _ in range(200):
        ref = system.spawn("caterpillar")
        ref.tell(BECOME, 1)
        ref.tell(COUNT)
        system.poison(ref)
        system.await_rest()
        assert list(system.state(ref)[:2]) == [1, 1]


@pytest.fixture
def supervised():
    parent = Supervisor("restart", max_restarts=None)
    behaviours = [
        Props(caterpillar, supervisor=parent),
        Props(butterfly),
        Props(caterpillar, started),
    ]
    with ActorSystem(
        behaviours, workers=2, actors=100, guardian=Supervisor("restart", codes={1: "resume"})
    ) as made:
        yield made


def test_a_restart_goes_back_to_the_first_behaviour(supervised):
    ref = supervised.spawn("butterfly")
    ref.tell(BECOME, 0)
    ref.tell(BECOME, 1)
    ref.tell(BECOME, 0)
    ref.tell(RAISE)
    ref.tell(COUNT)
    supervised.await_rest()
    assert list(supervised.state(ref)[:2]) == [0, 1]


def test_children_keep_the_supervisor_of_their_parents_first_behaviour(supervised):
    index = [0, 1]
    parent = supervised.spawn(supervised.program.behaviours[0])
    parent.tell(SPAWN)
    parent.tell(BECOME, index[1])
    parent.tell(FORWARD, COUNT)
    parent.tell(FORWARD, RAISE)
    parent.tell(FORWARD, COUNT)
    supervised.await_rest()
    child = int(supervised.state(parent)[3])
    # Its parent's second behaviour would have stopped it.
    assert supervised.is_alive(child)
    assert supervised.state(child)[0] == 1


def test_a_hook_may_change_the_behaviour(supervised):
    ref = supervised.spawn(supervised.program.behaviours[2])
    ref.tell(COUNT)
    supervised.await_rest()
    assert supervised.is_alive(ref)
    assert list(supervised.state(ref)[:2]) == [0, 1]


def test_behaviours_have_names(system, supervised):
    assert dict(system.behaviours) == {"caterpillar": 0, "butterfly": 1}
    assert system.behaviour("butterfly") == 1
    assert dict(supervised.behaviours) == {"butterfly": 1}
    with pytest.raises(ValueError, match="no behaviour is called 'moth'; there are butterfly, cat"):
        system.spawn("moth")
    with pytest.raises(ValueError, match=r"2 behaviours are called .caterpillar.; give .* a dict"):
        supervised.spawn("caterpillar")
