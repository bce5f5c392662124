"""Every watcher of an actor is notified of its end, once, with the ending reason."""

import asyncio
import time

import pytest
from zbench.core import (
    DATA,
    ENDINGS,
    HEADER,
    SENDER,
    ActorSystem,
    ActorSystemError,
    Context,
    Props,
    Supervisor,
    Words,
    behaviour,
    kind_of,
)
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.lifecycle import death_watch
from zbench.core.memory.layout import watch_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import obedient as o

pytestmark = pytest.mark.compiles

WATCH, UNWATCH, ENDED, STOP, RAISE, WATCH_MANY = range(1, 7)
ROOM = 100


@behaviour
def mourner(ctx: Context, state: Words, message: Words) -> None:
    """Watch, and record ends. state: count, last watch, watches refused, then {ref, reason}."""
    kind = kind_of(message[HEADER])
    if kind == WATCH:
        state[1] = ctx.watch(message[DATA], ENDED)
    elif kind == WATCH_MANY:
        for _ in range(message[DATA + 1]):
            state[2] += ctx.watch(message[DATA], ENDED) < 0
    elif kind == UNWATCH:
        state[0] += 1000 * ctx.unwatch(state[1])
    elif kind == ENDED:
        at = 3 + 2 * (state[0] % 10)
        state[at] = message[DATA]
        state[at + 1] = message[DATA + 1] if message[SENDER] == message[DATA] else -1
        state[0] += 1
    elif kind == STOP:
        ctx.stop()
    elif kind == RAISE:
        raise ValueError("asked to")


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(
        [mourner],
        workers=2,
        actors=500,
        watches=ROOM,
        state_words=32,
        asks=1024,
        dispatch=request.param,
    ) as made:
        yield made


@pytest.fixture
def supervised():
    guardian = Supervisor("restart", codes={0: "stop"})
    with ActorSystem(
        [Props(mourner)], workers=2, watches=ROOM, state_words=32, guardian=guardian
    ) as made:
        yield made


def ends(system, ref):
    state = system.state(ref).tolist()
    return [(state[3 + 2 * k], ENDINGS[state[4 + 2 * k]]) for k in range(state[0])]


def test_the_watcher_is_told_once_and_why(system):
    by = system.spawn(mourner)
    others = [system.spawn(mourner).value for _ in range(3)]
    for other in others:
        by.tell(WATCH, other)
    system.await_rest()
    system.tell(others[0], STOP)
    system.await_rest()
    system.tell(others[1], RAISE)
    system.await_rest()
    system.poison(others[2])
    system.await_rest()
    wanted = zip(others, ["stopped", "failed", "poisoned"], strict=True)
    assert ends(system, by) == list(wanted)
    assert system.counters()["dead_letters"] == 0


def test_an_ended_life_is_told_of_at_once(system):
    by, other = system.spawn(mourner), system.spawn(mourner)
    system.poison(other)
    system.await_rest()
    by.tell(WATCH, other.value)
    by.tell(WATCH, -1)
    by.tell(WATCH, 1 << 40)
    by.tell(UNWATCH)
    system.await_rest()
    assert ends(system, by) == [(other.value, "poisoned"), (-1, "unknown"), (1 << 40, "unknown")]


def test_the_next_life_in_a_slot_is_not_the_one_watched(system):
    by = system.spawn(mourner)
    for _ in range(5):
        other = system.spawn(mourner)
        by.tell(WATCH, other.value)
        system.await_rest()
        system.poison(other)
        system.await_rest()
    assert system.state(by)[0] == 5


def test_a_watch_is_taken_back_and_its_room_is_free_again(system):
    by, other = system.spawn(mourner), system.spawn(mourner)
    for _ in range(20 * ROOM):
        by.tell(WATCH, other.value)
        by.tell(UNWATCH)
    by.tell(UNWATCH)
    system.await_rest()
    assert system.state(by)[0] == 20 * ROOM * 1000
    system.poison(other)
    system.await_rest()
    assert system.state(by)[0] == 20 * ROOM * 1000


def test_without_a_free_watch_the_behaviour_is_told_so(system):
    by, other = system.spawn(mourner), system.spawn(mourner)
    by.tell(WATCH_MANY, other.value, 1000)
    system.await_rest()
    refused = int(system.state(by)[2])
    assert 1000 - ROOM - 6 * 32 <= refused <= 1000 - ROOM
    system.poison(other)
    system.await_rest()
    assert system.state(by)[0] == 1000 - refused


def test_a_watchers_end_makes_a_dead_letter(system):
    by, other = system.spawn(mourner), system.spawn(mourner)
    by.tell(WATCH, other.value)
    system.await_rest()
    system.poison(by)
    system.await_rest()
    system.poison(other)
    system.await_rest()
    assert system.counters()["dead_letters"] == 1


def test_a_restart_is_not_an_end_and_a_kill_is(supervised):
    system = supervised
    by = system.spawn(mourner)
    other, failed = system.spawn(mourner), system.spawn(mourner)
    by.tell(WATCH, other.value)
    by.tell(WATCH, failed.value)
    system.await_rest()
    failed.tell(RAISE)
    system.await_rest()
    assert ends(system, by) == [(failed.value, "failed")]
    system.kill(other)
    system.await_rest()
    assert ends(system, by)[1:] == [(other.value, "killed")]


def test_python_watches_too(system):
    refs = [system.spawn(mourner) for _ in range(3)]
    watched = [system.watch(r) for r in refs]
    assert not watched[0].done()
    refs[0].tell(STOP)
    assert watched[0].result(timeout=10).data[:2] == (refs[0].value, ENDINGS.index("stopped"))
    refs[1].tell(RAISE)

    async def end():
        return await system.watch(refs[1])

    assert ENDINGS[asyncio.run(end()).data[1]] == "failed"
    with pytest.raises(TimeoutError, match="no reply in time"):
        system.watch(refs[2], timeout=0.01).result(timeout=10)
    assert watched[2].cancel()
    until = time.monotonic() + 10
    while system.tables.watched[8 * (refs[2].value & SLOT_MASK)] & 0xFFFFFFFF:
        assert time.monotonic() < until, "a watch is left"
    system.await_rest()
    assert system.counters()["dead_letters"] == 0


def watch_for_ever(system, ref):
    while True:
        system.watch(ref)


def test_python_is_told_when_there_is_no_room(system):
    ref = system.spawn(mourner)
    for _ in range(ROOM):
        system.watch(ref)
    with pytest.raises(ActorSystemError, match="raise watches"):
        watch_for_ever(system, ref)
    with (
        ActorSystem([mourner_of_none], workers=1) as without,
        pytest.raises(ActorSystemError, match="watches=1000"),
    ):
        without.watch(0)


@behaviour
def mourner_of_none(ctx: Context, state: Words, message: Words) -> None:
    """Do nothing."""


def test_a_number_that_is_no_watch_takes_none_back():
    system, _ = o.system_of(1, "supervised, specialised")
    with system:
        by, to = system.spawn("obedient").value, system.spawn("deaf").value
        watches = [o.obey(system, by, o.WATCH, to) for _ in range(4)]
        assert len(set(watches)) == 4
        assert min(watches) > 0
        life = 1 << death_watch.NODE_BITS
        numbers = [0, 1, -1, 39, 1 << 26, 1 << 32, 2**63 - 1, -(2**63), life - 1]
        numbers += [w + more for w in watches for more in (-life, life, 1 << 40)]
        for number in set(numbers) - set(watches):
            assert o.obey(system, by, o.UNWATCH, number) == 0, number
        for watch in watches:
            assert o.obey(system, by, o.UNWATCH, watch) == 1
            assert o.obey(system, by, o.UNWATCH, watch) == 0
        system.poison(to)
        system.await_rest(20)
        assert system.counters()["sent"] == system.state(by)[o.DONE] + 1


def test_a_watchs_row_is_retired_with_the_last_of_its_lives():
    system, _ = o.system_of(1, "supervised, specialised")
    with system:
        by, to = system.spawn("obedient").value, system.spawn("deaf").value
        first = o.obey(system, by, o.WATCH, to)
        assert o.obey(system, by, o.UNWATCH, first) == 1
        node = first & death_watch.NODE_MASK
        state = node * LINE + watch_row.STATE
        system.tables.watch[state] = death_watch.LAST_LIFE << death_watch.PHASE_BITS
        last = o.obey(system, by, o.WATCH, to)
        assert last == (death_watch.LAST_LIFE << death_watch.NODE_BITS) | node
        assert o.obey(system, by, o.UNWATCH, first) == 0
        assert o.obey(system, by, o.UNWATCH, last) == 1
        assert o.obey(system, by, o.UNWATCH, last) == 0
        others = {o.obey(system, by, o.WATCH, to) & death_watch.NODE_MASK for _ in range(o.ROOM)}
        assert node not in others
