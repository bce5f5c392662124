"""Timers fire once or again and again, in order, and can be taken back."""

import contextlib
import heapq
import random
import secrets
import time

import pytest
from zbench.core import (
    DATA,
    ActorSystem,
    ActorSystemError,
    Context,
    Props,
    Supervisor,
    Words,
    behaviour,
)
from zbench.core.actors.refs import BEYOND, LAST_LIFE, ONE_LIFE, SLOT_MASK, end_life, ref_of
from zbench.core.memory.layout import timer_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import obedient as o
from tests.core.waiting import until

pytestmark = pytest.mark.compiles

WRITE, AFTER, EVERY, CANCEL, FAIL = 1, 2, 3, 4, 5


@behaviour
def clerk(ctx: Context, state: Words, message: Words) -> None:
    """Write numbers down from word 2 on; word 0 counts, word 1 is a timer."""
    kind = message[0] & 0xFFFF
    if kind == WRITE:
        if 2 + state[0] < len(state):
            state[2 + state[0]] = message[DATA]
        state[0] += 1
    elif kind == AFTER:
        state[1] = ctx.after(message[DATA], WRITE, message[DATA + 1])
    elif kind == EVERY:
        state[1] = ctx.every(message[DATA], WRITE, message[DATA + 1])
    elif kind == CANCEL:
        state[0] += 100 * ctx.cancel(state[1])
    elif kind == FAIL:
        raise ValueError("asked to")


@pytest.fixture(params=[1, 2])
def system(request):
    with ActorSystem([clerk], workers=request.param, timers=256, state_words=256) as made:
        yield made


def test_timers_fire_in_the_order_they_are_due(system):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    ref = system.spawn(clerk)
    state = system.state(ref)
    order = list(range(100))
    random.Random(seed).shuffle(order)
    # The first call loads or compiles its kernel, after the delay was computed.
    assert system.cancel(system.send_after(1e6, ref, WRITE))
    base = time.monotonic() + 1
    for k in order:
        # Far apart: this thread may be preempted between the clock and the timer.
        system.send_after(base + k * 0.08 - time.monotonic(), ref, WRITE, k)
    until(lambda: state[0] == 100)
    assert list(state[2:102]) == list(range(100))


def test_a_behaviour_sets_a_timer_for_itself(system):
    ref = system.spawn(clerk)
    ref.tell(AFTER, 1_000_000, 7)
    until(lambda: system.state(ref)[0] == 1)
    assert system.state(ref)[2] == 7


def test_a_periodic_timer_goes_on_until_it_is_cancelled(system):
    ref = system.spawn(clerk)
    ref.tell(EVERY, 1_000_000, 7)
    until(lambda: system.state(ref)[0] >= 5)
    ref.tell(CANCEL)
    until(lambda: system.state(ref)[0] >= 100)
    before = int(system.state(ref)[0])
    time.sleep(0.05)
    assert system.state(ref)[0] == before


def test_a_periodic_timer_ends_with_its_actor(system):
    ref = system.spawn(clerk)
    system.send_after(0.0, ref, WRITE, 1, every=0.001)
    until(lambda: system.state(ref)[0] >= 2)
    system.poison(ref)
    until(lambda: not system.is_alive(ref))
    time.sleep(0.02)
    before = system.counters()["sent"]
    time.sleep(0.05)
    assert system.counters()["sent"] == before


def test_a_timer_is_cancelled_once(system):
    ref = system.spawn(clerk)
    late, soon = system.send_after(60, ref, WRITE), system.send_after(0, ref, WRITE)
    until(lambda: system.state(ref)[0] == 1)
    assert system.cancel(late)
    assert not system.cancel(late)
    assert not system.cancel(soon)
    assert not system.cancel(-1)
    assert not system.cancel(1 << 40)


def test_timers_are_taken_from_a_heap_in_any_order(system):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    ref = system.spawn(clerk)
    rng = random.Random(seed)
    wanted, timers = [], []
    for k in range(200):
        due = rng.random() * 0.3 + 0.3
        timers.append((system.send_after(due, ref, WRITE, k), k))
        heapq.heappush(wanted, k)
    rng.shuffle(timers)
    for timer, k in timers[:100]:
        assert system.cancel(timer)
        wanted.remove(k)
    until(lambda: system.state(ref)[0] == 100)
    assert sorted(system.state(ref)[2:102]) == sorted(wanted)
    # Every node is free again.
    for _ in range(256):
        system.send_after(60, ref, WRITE)


def test_a_system_without_room_for_timers_says_so(system):
    ref = system.spawn(clerk)
    with contextlib.suppress(ActorSystemError):
        for _ in range(1000):
            system.send_after(60, ref, WRITE)
    with pytest.raises(ActorSystemError, match="raise timers"):
        system.send_after(60, ref, WRITE)
    with pytest.raises(ValueError, match="delay must be 0"):
        system.send_after(-1, ref, WRITE)
    with (
        ActorSystem([o.deaf], workers=1) as without,
        pytest.raises(ActorSystemError, match="timers="),
    ):
        without.send_after(1, 0, WRITE)


def test_a_restart_is_put_off_and_the_mail_waits():
    policy = Supervisor("restart", backoff=(0.05, 0.1), jitter=0.5, max_restarts=5)
    with ActorSystem([Props(clerk)], workers=2, guardian=policy) as system:
        ref = system.spawn(clerk)
        started = time.monotonic()
        ref.tell(FAIL)
        ref.tell(WRITE, 5)
        until(lambda: system.state(ref)[0] == 1)
        assert time.monotonic() - started >= 0.05
        assert system.counters()["restarts"] == 1


@pytest.fixture(params=o.FORMS)
def obeying(request):
    made, _ = o.system_of(2, request.param)
    with made:
        yield made


NO_HANDLES = [0, 1, -1, 39, 1 << 20, 1 << 26, 1 << 32, 1 << 40, 2**63 - 1, -(2**63)]


def test_a_number_that_is_no_timer_cancels_none(obeying):
    by = obeying.spawn("obedient").value
    timers = [o.obey(obeying, by, o.AFTER, o.FOREVER) for _ in range(5)]
    timers += [obeying.send_after(1e8, by, o.TOLD) for _ in range(5)]
    # A question has a timer too, which is nobody's to cancel.
    assert o.obey(obeying, by, o.ASK, by - 1) != -1
    assert len(set(timers)) == 10
    numbers = [*NO_HANDLES, *(t + ONE_LIFE * k for t in timers for k in (-1, 1, 1 << 20))]
    numbers += [timers[0] & SLOT_MASK, end_life(timers[0]), timers[0] | BEYOND]
    for number in {wrapped(number) for number in numbers} - set(timers):
        assert o.obey(obeying, by, o.CANCEL, number) == 0, number
        assert not obeying.cancel(number)
    for timer in timers:
        assert obeying.cancel(timer)
        assert not obeying.cancel(timer)
        assert o.obey(obeying, by, o.CANCEL, timer) == 0
    obeying.await_rest()
    assert heap_sizes(obeying) == 1
    assert obeying.state(by)[o.LATE_ONES] == 0


def wrapped(number):
    return (number + 2**63) % 2**64 - 2**63


def heap_sizes(system):
    rows = system.tables.timer_row.reshape(-1, timer_row.HEAP_WORDS)
    return int(rows[:, timer_row.HEAP_SIZE].sum())


@pytest.mark.parametrize("never", [2**63 - 1, 2**63 - 2, (1 << 62) - 1, 1 << 62])
def test_a_time_beyond_the_clocks_is_never(obeying, never):
    by = obeying.spawn("obedient").value
    before = obeying.counters()["sent"]
    assert o.obey(obeying, by, o.AFTER, never, o.TOLD) > 0
    assert o.obey(obeying, by, o.KEEP_EVERY, never) > 0
    time.sleep(0.02)
    obeying.await_rest()
    assert obeying.counters()["sent"] == before + 2
    assert heap_sizes(obeying) == 2


@pytest.mark.parametrize("period", [0, -1, -(2**63)])
def test_without_a_period_no_timer_is_set(obeying, period):
    by = obeying.spawn("obedient").value
    assert o.obey(obeying, by, o.KEEP_EVERY, period) == -1
    assert heap_sizes(obeying) == 0


@pytest.mark.parametrize("delay", [0, -1, -(2**63)])
def test_a_delay_that_is_over_is_over_at_once(obeying, delay):
    by = obeying.spawn("obedient").value
    before = obeying.counters()["sent"]
    assert o.obey(obeying, by, o.AFTER, delay, o.TOLD) > 0
    until(lambda: obeying.counters()["sent"] == before + 2)
    obeying.await_rest()


def test_a_timers_row_is_retired_with_the_last_of_its_lives(obeying):
    by = obeying.spawn("obedient").value
    first = obeying.send_after(1e8, by, o.TOLD)
    assert obeying.cancel(first)
    row = (first & SLOT_MASK) * LINE
    obeying.tables.timer[row + timer_row.REF] = end_life(ref_of(LAST_LIFE - 1, first & SLOT_MASK))
    last = obeying.send_after(1e8, by, o.TOLD)
    assert last == ref_of(LAST_LIFE, first & SLOT_MASK)
    assert not obeying.cancel(first)
    assert obeying.cancel(last)
    assert not obeying.cancel(last)
    others = {obeying.send_after(1e8, by, o.TOLD) & SLOT_MASK for _ in range(o.ROOM)}
    assert last & SLOT_MASK not in others
