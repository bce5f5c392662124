"""An exception in a behaviour becomes a fault of its actor, with its type and message."""

import pytest
from zbench.core import DATA, ActorSystem, Context, Words, behaviour
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout import fault_row

pytestmark = pytest.mark.compiles

RAISE = 0
DIVIDE = 1
INDEX = 2
TWICE = 3
THEN_RAISE = 4


@behaviour
def failing(ctx: Context, state: Words, message: Words) -> None:
    """Fail in one of several ways (first word of data), with the second word."""
    how = message[DATA]
    if how == RAISE:
        raise KeyError("asked to")
    if how == DIVIDE:
        state[0] = 1 // message[DATA + 1]
    elif how == INDEX:
        state[0] = state[message[DATA + 1]]
    elif how >= TWICE:
        for _ in range(1000):
            ctx.fail(message[DATA + 1])
        ctx.fail(6)
        if how == THEN_RAISE:
            raise KeyError("after that")


@pytest.fixture(scope="module", params=["specialised", "table"])
def form(request):
    return request.param


def faults_of(form, *data, checked=False, times=1):
    with ActorSystem([failing], workers=1, dispatch=form, checked=checked) as system:
        for ref in system.spawn_many(failing, times):
            system.tell(ref, 1, *data)
        system.await_rest(timeout=30)
        assert system.counters()["failures"] == len(system.faults()) or times > fault_row.KEPT
        return system.faults(), ref


def test_a_raise_is_kept_with_its_type_and_its_message(form):
    faults, ref = faults_of(form, RAISE)
    assert [(f.kind, f.actor, f.behaviour) for f in faults] == [("KeyError", ref, 0)]
    assert "asked to" in faults[0].message
    assert "KeyError" in str(faults[0])


@pytest.mark.skipif(INTERPRETED, reason="plain Python keeps no place")
def test_a_fault_names_its_line(form):
    faults, _ = faults_of(form, RAISE)
    line = failing.py_func.__code__.co_firstlineno + 5
    assert faults[0].place.endswith(f"test_faults.py:{line}")


@pytest.mark.skipif(INTERPRETED, reason="NumPy's own division and bounds apply")
@pytest.mark.parametrize(
    ("data", "kind"), [((DIVIDE, 0), "ZeroDivisionError"), ((INDEX, 1_000), "IndexError")]
)
def test_in_checked_mode_a_division_by_zero_and_an_index_out_of_range_are_faults(form, data, kind):
    faults, _ = faults_of(form, *data, checked=True)
    assert [f.kind for f in faults] == [kind]


def test_the_last_faults_of_a_worker_are_kept(form):
    faults, last = faults_of(form, RAISE, times=3 * fault_row.KEPT + 1)
    assert len(faults) == fault_row.KEPT
    assert faults[-1].actor == last


@pytest.mark.parametrize("how", [TWICE, THEN_RAISE])
def test_a_message_that_fails_many_times_has_one_fault_the_first(form, how):
    faults, _ = faults_of(form, how, 3)
    assert [(f.kind, f.message) for f in faults] == [("Failure", "code 3")]
