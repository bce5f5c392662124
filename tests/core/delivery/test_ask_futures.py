"""Python asks; an actor replies, or the time runs out."""

import asyncio
import contextlib
import time

import numpy as np
import pytest
from zbench.core import DATA, ActorSystem, ActorSystemError, Context, Words, behaviour
from zbench.core.system.entry_points import tell_many

pytestmark = pytest.mark.compiles

DOUBLE, SILENT, TWICE, STOPPED = 1, 2, 3, 4


@behaviour
def oracle(ctx: Context, state: Words, message: Words) -> None:
    """Reply with twice the word; or never, or twice; or note the question."""
    kind = message[0] & 0xFFFF
    state[0] += 1
    state[1] = message[1]
    if kind == DOUBLE:
        ctx.reply(DOUBLE, 2 * message[DATA], 7)
    elif kind == TWICE:
        ctx.reply(TWICE, 1)
        ctx.reply(TWICE, 2)
    elif kind == STOPPED:
        ctx.send(message[DATA], DOUBLE, 5)


@behaviour
def faulty(ctx: Context, state: Words, message: Words) -> None:
    raise ValueError("no answer")


@pytest.fixture
def system():
    with ActorSystem([oracle], workers=2, asks=8) as made:
        yield made


def test_an_answer_comes_back(system):
    ref = system.spawn(oracle)
    for k in range(100):
        reply = system.ask(ref, DOUBLE, k).result(timeout=10)
        assert (reply.kind, reply.data[:2]) == (DOUBLE, (2 * k, 7))
    system.await_rest()
    assert system.counters()["dead_letters"] == 0


def test_an_answer_can_be_awaited(system):
    ref = system.spawn(oracle)

    async def together():
        return await asyncio.gather(*(system.ask(ref, DOUBLE, k) for k in range(8)))

    assert [r.data[0] for r in asyncio.run(together())] == [0, 2, 4, 6, 8, 10, 12, 14]


def test_a_question_without_a_reply_times_out_and_its_room_is_free_again(system):
    ref = system.spawn(oracle)
    for _ in range(3):
        waiting = [system.ask(ref, SILENT, timeout=0.02) for _ in range(8)]
        for answer in waiting:
            with pytest.raises(TimeoutError, match="no reply in time"):
                answer.result(timeout=10)


def test_a_time_out_tells_the_last_fault():
    with ActorSystem([oracle, faulty], workers=1, asks=8) as system:
        ref = system.spawn(faulty)
        with pytest.raises(TimeoutError) as late:
            system.ask(ref, DOUBLE, timeout=0.2).result(timeout=10)
        with pytest.raises(TimeoutError) as unfinished:
            system.wait(timeout=0.01)
    for message in map(str, (late.value, unfinished.value)):
        assert "; faults so far: 1, the last one ValueError: no answer" in message


def test_only_the_first_reply_counts(system):
    ref = system.spawn(oracle)
    assert system.ask(ref, TWICE).result(timeout=10).data[0] == 1
    system.await_rest()
    assert system.counters()["dead_letters"] == 1


def test_a_reply_that_is_too_late_is_a_dead_letter(system):
    ref = system.spawn(oracle)
    with contextlib.suppress(TimeoutError):
        system.ask(ref, SILENT, timeout=0.0).result(timeout=10)
    late = int(system.state(ref)[1])
    again = system.ask(ref, SILENT, timeout=20)
    system.tell(ref, STOPPED, late)
    system.await_rest()
    assert system.counters()["dead_letters"] == 1
    assert not again.done()


def test_too_many_questions_are_refused_and_a_cancelled_one_makes_room(system):
    ref = system.spawn(oracle)
    waiting = [system.ask(ref, SILENT, timeout=30) for _ in range(8)]
    with pytest.raises(ActorSystemError, match="raise asks"):
        system.ask(ref, SILENT)
    assert waiting[0].cancel()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(ActorSystemError):
            assert system.ask(ref, DOUBLE, 4).result(timeout=10).data[0] == 8
            return
        time.sleep(0.01)
    pytest.fail("no room was made")


def test_stopping_the_system_fails_what_waits():
    with ActorSystem([oracle], workers=1) as system:
        answer = system.ask(system.spawn(oracle), SILENT, timeout=60)
    with pytest.raises(TimeoutError, match="the system was stopped"):
        answer.result(timeout=10)


@pytest.mark.parametrize("more", [1, 1 << 14, 1 << 16, 1 << 20, 1 << 31, 1 << 32])
def test_a_late_reply_answers_no_later_question(more):
    with ActorSystem([oracle], workers=1, asks=1) as system:
        ref = system.spawn(oracle)
        with pytest.raises(TimeoutError):
            system.ask(ref, SILENT, timeout=0.001).result(timeout=10)
        late = int(system.state(ref)[1])
        # So many questions later, from the same row:
        system._asking._lives[0] += more - 1
        waiting = system.ask(ref, SILENT, timeout=60)
        system.await_rest()
        assert system.state(ref)[1] != late
        system.tell(ref, STOPPED, late)
        system.await_rest()
        assert not waiting.done()
        assert system.counters()["dead_letters"] == 1
        system.tell(ref, STOPPED, int(system.state(ref)[1]))


def test_the_kind_of_a_reply_is_its_low_bits(system):
    ref = system.spawn(oracle)
    waiting = system.ask(ref, SILENT, timeout=60)
    system.await_rest()
    question = int(system.state(ref)[1])
    with system._life.lock:
        tell_many(system.tables, np.array([question]), (5 << 16) | 3, -1, (0,) * 6)
    assert waiting.result(timeout=10).kind == 3
