"""An actor asks another one; a reply or a time-out comes, and never both."""

import pytest
from zbench.core import DATA, HEADER, SENDER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.delivery import ask_actors
from zbench.core.memory.layout import question_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import obedient as o
from tests.core.waiting import until

pytestmark = pytest.mark.compiles

DOUBLE, SILENT, TWICE, LATER, ASK, REPLY, LATE, RELEASE = range(1, 9)
MS = 1_000_000


@behaviour
def asker(ctx: Context, state: Words, message: Words) -> None:
    """Ask a number of questions of a kind, and count the replies.

    state: oracle, replies, time-outs, questions refused, last reference, order errors, sum.
    """
    kind = kind_of(message[HEADER])
    if kind == ASK:
        for k in range(message[DATA + 1]):
            asked = ctx.ask(state[0], message[DATA], k, timeout_ns=message[DATA + 2], late=LATE)
            if asked == -1:
                state[3] += 1
            else:
                state[4] = asked
    elif kind == REPLY:
        state[1] += 1
        state[6] += message[DATA]
        state[5] += message[SENDER] == -1 or message[SENDER] > -100
    elif kind == LATE:
        state[2] += 1
        state[5] += message[SENDER] != message[DATA]


@behaviour
def oracle(ctx: Context, state: Words, message: Words) -> None:
    """Reply with twice the word; or never, or twice, or on demand."""
    kind = kind_of(message[HEADER])
    if kind == DOUBLE:
        ctx.reply(REPLY, 2 * message[DATA])
    elif kind == TWICE:
        ctx.reply(REPLY, message[DATA])
        ctx.reply(REPLY, message[DATA])
    elif kind == LATER:
        state[0] = message[SENDER]
    elif kind == RELEASE:
        ctx.send(state[0], REPLY)


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(
        [asker, oracle], workers=2, actors=100, questions=100, dispatch=request.param
    ) as made:
        yield made


def pair(system):
    whom = system.spawn(oracle)
    return system.spawn(asker, whom.value), whom


def timers_set(system):
    rows = system.tables.timer_row.reshape(3, -1)
    return int(rows[:, 1].sum())


def test_replies_come_to_the_asker_and_their_timers_go(system):
    by, _ = pair(system)
    for _ in range(50):
        by.tell(ASK, DOUBLE, 20, 60_000 * MS)
        system.await_rest()
    assert list(system.state(by)[1:4]) == [50 * 20, 0, 0]
    assert system.state(by)[5] == 0
    assert system.state(by)[6] == 50 * 2 * sum(range(20))
    assert system.counters()["dead_letters"] == 0
    # If a reply found the row of its timer locked, the timer stays; that is rare.
    assert timers_set(system) < 100


def test_without_a_reply_a_late_message_comes_and_the_room_is_free_again(system):
    by, _ = pair(system)
    for n in range(1, 6):
        by.tell(ASK, SILENT, 100, MS)
        until(lambda n=n: system.state(by)[2] == 100 * n)
    assert list(system.state(by)[1:4]) == [0, 500, 0]
    assert system.state(by)[5] == 0
    system.await_rest()
    assert system.counters()["dead_letters"] == 0


def test_a_second_reply_is_a_dead_letter(system):
    by, _ = pair(system)
    by.tell(ASK, TWICE, 10, 60_000 * MS)
    system.await_rest()
    assert list(system.state(by)[1:4]) == [10, 0, 0]
    assert system.counters()["dead_letters"] == 10


def test_a_reply_after_the_time_out_is_a_dead_letter(system):
    by, whom = pair(system)
    by.tell(ASK, LATER, 1, 0)
    until(lambda: system.state(by)[2] == 1)
    by.tell(ASK, SILENT, 1, 60_000 * MS)
    whom.tell(RELEASE)
    system.await_rest()
    assert list(system.state(by)[1:3]) == [0, 1]
    assert system.counters()["dead_letters"] == 1


def test_a_reply_to_an_asker_that_ended_is_a_dead_letter(system):
    by, whom = pair(system)
    by.tell(ASK, LATER, 1, 60_000 * MS)
    system.await_rest()
    system.poison(by)
    system.await_rest()
    whom.tell(RELEASE)
    system.await_rest()
    assert system.counters()["dead_letters"] == 1
    assert timers_set(system) == 0


def test_a_question_to_nobody_times_out(system):
    by = system.spawn(asker, -1)
    by.tell(ASK, DOUBLE, 3, MS)
    until(lambda: system.state(by)[2] == 3)
    assert system.counters()["dead_letters"] == 3


def test_replies_and_time_outs_race_and_every_question_gets_one(system):
    pairs = [pair(system)[0] for _ in range(4)]
    rounds = 30
    for k in range(rounds):
        for by in pairs:
            by.tell(ASK, DOUBLE, 20, k * 1000)
        until(lambda k=k: all(sum(system.state(by)[1:3]) == 20 * (k + 1) for by in pairs))
    system.await_rest()
    late = sum(int(system.state(by)[2]) for by in pairs)
    assert system.counters()["dead_letters"] == late
    assert all(system.state(by)[3] == 0 for by in pairs)


def test_too_many_questions_are_refused(system):
    by, _ = pair(system)
    by.tell(ASK, SILENT, 1000, 60_000 * MS)
    system.await_rest()
    assert 1000 - 100 - 6 * 32 <= system.state(by)[3] <= 1000 - 100


@pytest.fixture(params=o.FORMS)
def obeying(request):
    made, _ = o.system_of(1, request.param)
    with made:
        yield made


@pytest.mark.parametrize("more", [1, 1 << 16, 1 << 24, 1 << 30, 1 << 36])
def test_a_late_reply_answers_no_later_question(obeying, more):
    by, to = obeying.spawn("obedient").value, obeying.spawn("obedient").value
    o.obey(obeying, to, o.LATER)
    late = o.obey(obeying, by, o.ASK, to)
    o.obey(obeying, to, o.ANSWER_LATER)
    assert obeying.state(by)[o.ANSWERS] == 1
    # So many questions later, from the same row:
    row = (ask_actors.FIRST - late) & ask_actors.ROW_MASK
    obeying.tables.question[row * LINE + question_row.STATE] += 2 * (more - 1)
    question = o.obey(obeying, by, o.ASK, to)
    assert (ask_actors.FIRST - question) & ask_actors.ROW_MASK == row
    for number in (late, question + (1 << 62), question - 1, question + 1, -(1 << 62), -(2**63)):
        obeying.tell(number, o.ANSWER)
    obeying.await_rest()
    assert obeying.state(by)[o.ANSWERS] == 1
    assert obeying.counters()["dead_letters"] == 6
    o.obey(obeying, to, o.ANSWER_LATER)
    assert obeying.state(by)[o.ANSWERS] == 2
    assert obeying.state(by)[o.LATE_ONES] == 0


def test_a_questions_row_is_retired_with_the_last_of_its_lives(obeying):
    by, to = obeying.spawn("obedient").value, obeying.spawn("obedient").value
    first = o.obey(obeying, by, o.ASK, to)
    row = (ask_actors.FIRST - first) & ask_actors.ROW_MASK
    obeying.tables.question[row * LINE + question_row.STATE] = ask_actors.LAST_LIFE << 1
    last = o.obey(obeying, by, o.ASK, to)
    assert last == ask_actors.question_ref(row, ask_actors.LAST_LIFE)
    assert -(2**63) <= last < first
    assert obeying.state(by)[o.ANSWERS] == 2
    obeying.tell(last, o.ANSWER)
    obeying.await_rest()
    assert obeying.counters()["dead_letters"] == 1
    o.obey(obeying, to, o.LATER)
    rows = {
        (ask_actors.FIRST - o.obey(obeying, by, o.ASK, to)) & ask_actors.ROW_MASK
        for _ in range(o.ROOM)
    }
    assert row not in rows
