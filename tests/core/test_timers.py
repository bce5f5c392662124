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


def until(condition, timeout=20.0):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.001)


def test_timers_fire_in_the_order_they_are_due(system):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    ref = system.spawn(clerk)
    state = system.state(ref)
    order = list(range(100))
    random.Random(seed).shuffle(order)
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
        ActorSystem([clerk], workers=1) as without,
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
