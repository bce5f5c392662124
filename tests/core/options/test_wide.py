"""Wide messages: all 14 words arrive on every path; after six words the rest are 0."""

import pytest
from zbench.core import ActorSystem, BehaviourError, Mailbox, MissingTablesError, Props
from zbench.core.compile.kernel import INTERPRETED

from tests.core.behaviours.wide import (
    ECHO,
    ECHO_SIX,
    FIRST,
    FLOOD,
    HOLD,
    LET_GO,
    NARROW,
    RECORD,
    STOP,
    WIDE,
    flooder,
    narrow_sender,
    record,
    short_sender,
    sink,
)

pytestmark = pytest.mark.compiles

MANY = 50 if INTERPRETED else 2000


@pytest.fixture(scope="module", params=["specialised", "table"])
def system(request):
    with ActorSystem(
        [sink, flooder], workers=2, actors=100, mailbox_capacity=2, message_bytes=128, stash=50,
        system_messages=8, timers=8, events=True, state_words=64, dispatch=request.param,
    ) as made:  # fmt: skip
        yield made


def words(first):
    return tuple(range(first, first + 14))


def right(system, ref):
    system.await_rest()
    state = system.state(ref)
    assert state[2] == 0, "a message arrived with wrong words"
    return int(state[1])


def test_both_widths_arrive_whole_over_chained_rings(system):
    ref = system.spawn(sink)
    before = system.counters()
    for _ in range(3):
        system.spawn(flooder).tell(FLOOD, ref.value, MANY)
    assert right(system, ref) == 3 * (2 * MANY + 1)
    after = system.counters()
    assert after["spills"] > before["spills"]
    assert after["sent"] == after["processed"] + after["dead_letters"]


def test_python_sends_up_to_fourteen_words(system):
    ref = system.spawn(sink)
    ref.tell(WIDE, *words(7))
    ref.tell(NARROW, *words(8)[:6])
    system.tell_system(ref, WIDE, *words(9))
    ref.tell(RECORD, *record.words(first=1, many=[0] * 11 + [2.5], last=-9))
    assert right(system, ref) == 4
    with pytest.raises(ValueError, match="at most 14 words of data, got 15"):
        ref.tell(WIDE, *range(15))


def test_replies_to_python_have_all_words(system):
    ref = system.spawn(sink)
    assert system.ask(ref, ECHO, *words(3)).result().data == words(3)
    # Rows of earlier answers are used again.
    for _ in range(300):
        assert system.ask(ref, ECHO_SIX, 4).result().data == (4, 5) + (0,) * 12


def test_what_is_put_aside_comes_back_whole(system):
    ref = system.spawn(sink)
    ref.tell(HOLD)
    for k in range(5):
        ref.tell(WIDE, *words(10 * k))
        ref.tell(NARROW, *words(10 * k)[:6])
    system.await_rest()
    assert right(system, ref) == 0
    ref.tell(LET_GO)
    assert right(system, ref) == 10
    assert list(system.state(ref)[FIRST : FIRST + 10]) == [10 * (k // 2) for k in range(10)]


def test_a_timer_sends_six_words_and_zeros(system):
    ref = system.spawn(sink)
    sent = system.counters()["processed"]
    system.send_after(0.001, ref, NARROW, *words(5)[:6])
    while system.counters()["processed"] == sent:
        pass
    assert right(system, ref) == 1
    with pytest.raises(ValueError, match="at most 6 words"):
        system.send_after(0.001, ref, WIDE, *words(5))


def test_what_is_left_at_an_end_is_dead_letters(system):
    ref = system.spawn(sink)
    system.await_rest()
    before = system.counters()["dead_letters"]
    ref.tell(STOP)
    system.await_rest()
    system.spawn(flooder).tell(FLOOD, ref.value, 10)
    ref.tell(WIDE, *words(1))
    system.await_rest()
    assert system.counters()["dead_letters"] - before == 22


def test_a_poisoned_actor_handles_what_came_before(system):
    ref = system.spawn(sink)
    for k in range(9):
        ref.tell(WIDE, *words(k))
    system.poison(ref)
    system.await_rest()
    assert not system.is_alive(ref)
    assert right(system, ref) == 9


@pytest.mark.parametrize(
    ("made_of", "error", "told"),
    [
        (
            (narrow_sender, 64),
            MissingTablesError,
            "ctx.send_wide needs ActorSystem(..., message_bytes=128)",
        ),
        (
            (short_sender, 128),
            BehaviourError,
            "ctx.send_wide takes a tuple of 14 words of data, got 3",
        ),
    ],
)
def test_what_cannot_be_sent_wide_is_refused(made_of, error, told):
    sends, size = made_of
    if INTERPRETED:
        with ActorSystem([sends], workers=1, message_bytes=size) as made:
            made.spawn(sends).tell(1)
            made.await_rest()
            assert told in str(made.faults()[0])
        return
    with pytest.raises(error) as caught:
        ActorSystem([sends], workers=1, message_bytes=size)
    assert told in str(caught.value)


@pytest.mark.parametrize("size", [0, 63, 96, 256])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"message_bytes must be 64 or 128, got {size}"):
        ActorSystem([sink], workers=1, message_bytes=size)


def test_boxes_are_refused():
    props = Props(sink, mailbox=Mailbox("adaptive", 64))
    with pytest.raises(ValueError, match="linked rings"):
        ActorSystem([props], workers=1, message_bytes=128)
