"""A helper's fault is its actor's fault, in systems as users build them."""

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
from zbench.core.compile.kernel import INTERPRETED

pytestmark = pytest.mark.skipif(INTERPRETED, reason="Python has checks of its own")

WRITE, DIVIDE, DOWN, PING, COUNT, OF_MESSAGE = range(1, 7)


@behaviour
def put(words, index, value):
    words[index] = value


@behaviour
def ratio(x, y):
    return x // y


@behaviour
def down(n):
    return down(n - 1) + 1 if n != 0 else 0


@behaviour
def ping(n):
    return pong(n - 1) + 1 if n != 0 else 0


@behaviour
def pong(n):
    return ping(n - 1) + 1 if n != 0 else 0


@behaviour
def worker(ctx: Context, state: Words, message: Words) -> None:
    kind = kind_of(message[HEADER])
    if kind == WRITE:
        put(state, message[DATA], 77)
    elif kind == DIVIDE:
        state[0] = ratio(5, message[DATA])
    elif kind == DOWN:
        state[1] = down(message[DATA])
    elif kind == PING:
        state[2] = ping(message[DATA])
    elif kind == OF_MESSAGE:
        put(message, message[DATA], 0)
    else:
        state[3] += 1


@behaviour
def partner(ctx: Context, state: Words, message: Words) -> None:
    state[0] = pong(message[DATA])


@behaviour
def endless(ctx: Context, state: Words, message: Words) -> None:
    endless(ctx, state, message)
    state[0] += 1


@behaviour
def wild(ctx: Context, state: Words) -> None:
    put(state, 8, 77)


@behaviour
def hooked(ctx: Context, state: Words, message: Words) -> None:
    state[0] += 1


@pytest.fixture(
    scope="module",
    params=[
        ("specialised", True, False),
        ("table", False, False),
        pytest.param(("table", True, True), marks=pytest.mark.long),
    ],
    ids=["specialised, checked", "table, unchecked", "table, checked, supervised"],
)
def system(request):
    form, checked, supervised = request.param
    behaviours = [worker, partner, endless]
    if supervised:
        behaviours += [Props(hooked, pre_start=wild)]
    with ActorSystem(
        behaviours,
        workers=1,
        dispatch=form,
        checked=checked,
        supervised=supervised,
        guardian=Supervisor("stop"),
    ) as made:
        made.checked = checked
        yield made


def fault_of(system, of, *message):
    """The fault of a new actor after a message, or None."""
    before = len(system.faults())
    actor = system.spawn(of)
    actor.tell(*message)
    system.await_rest(30)
    return (*system.faults()[before:], None)[0], actor


@pytest.mark.parametrize("message", [(WRITE, 8), (WRITE, -9), (WRITE, 16), (OF_MESSAGE, 8)])
def test_a_helper_cannot_write_into_another_actor(system, message):
    if not system.checked:
        pytest.skip("unchecked, it can")
    neighbour = system.spawn(worker)
    fault, actor = fault_of(system, worker, *message)
    assert fault.kind == "IndexError"
    assert fault.actor == actor.value
    assert not system.is_alive(actor)
    assert not system.state(neighbour).any()


def test_a_helper_divides_by_zero(system):
    fault, actor = fault_of(system, worker, DIVIDE, 0)
    assert (fault.kind if fault else None) == ("ZeroDivisionError" if system.checked else None)
    assert system.is_alive(actor) != system.checked


@pytest.mark.parametrize(
    ("of", "message", "name"),
    [(worker, (DOWN, -1), "down"), (worker, (PING, -1), ""), (partner, (0, -1), ""),
     (endless, (0,), "endless")],
)  # fmt: skip
def test_an_endless_recursion_is_a_fault_that_names_the_function(system, of, message, name):
    fault, actor = fault_of(system, of, *message)
    assert fault.kind == "RecursionError"
    assert f"stack exhausted in {name}" in fault.message
    assert fault.place.startswith(name)
    assert "test_program_guards.py" in fault.place
    assert not system.is_alive(actor)


def test_a_recursion_that_ends_has_its_result_and_the_worker_goes_on(system):
    _, actor = fault_of(system, worker, DOWN, 1000)
    for message in ((PING, 1000), (COUNT,)):
        actor.tell(*message)
    system.await_rest(30)
    assert list(system.state(actor)[1:4]) == [1000, 1000, 1]


def test_a_hooks_helper_is_checked(system):
    if not system.supervised:
        pytest.skip("no hooks here")
    neighbour = system.spawn(worker)
    fault, actor = fault_of(system, hooked, 1)
    assert fault.kind == "IndexError"
    assert not system.is_alive(actor)
    assert not system.state(neighbour).any()
