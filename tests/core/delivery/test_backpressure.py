"""Mailboxes of overflow "suspend": senders to a full one wait until it has been read."""

import secrets
import time

import pytest
from zbench.core import DATA, ActorSystem, Context, Mailbox, Props, Words, behaviour, kind_of
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot

pytestmark = pytest.mark.compiles

STEP, ITEM, STOP, HOLD = 1, 2, 3, 4
CAPACITY = 64
STEPS = 60 if INTERPRETED else 2000
ITEMS = 3  # a step


@behaviour
def consume(ctx: Context, state: Words, message: Words) -> None:
    """Count items and pass them on.

    state: items, whether to give way, double runs seen, 1 while running, pauses over each,
    next + 1 or 0.
    """
    if atomics.exchange(state, 3, 1) != 0:
        state[2] += 1
    if kind_of(message[message_slot.HEADER]) == STOP:
        ctx.stop()
    elif kind_of(message[message_slot.HEADER]) == HOLD:
        for _ in range(1 << 28):
            if atomics.load_acquire(state, 1) != 0:
                break
            atomics.sched_yield()
    else:
        state[0] += 1
        for _ in range(state[4]):
            atomics.pause()
        if state[5] != 0:
            ctx.send(state[5] - 1, ITEM, message[DATA])
    atomics.store_release(state, 3, 0)


@behaviour
def produce(ctx: Context, state: Words, message: Words) -> None:
    """Send a step's items, then itself the next step. state: to, items a step, steps handled."""
    if kind_of(message[message_slot.HEADER]) == STOP:
        ctx.stop()
    elif kind_of(message[message_slot.HEADER]) == STEP:
        state[2] += 1
        for k in range(state[1]):
            ctx.send(state[0], ITEM, k)
        if message[DATA] > 1:
            ctx.send(ctx.self_ref(), STEP, message[DATA] - 1)


def system_of(name="standard", capacity=CAPACITY, **options):
    """Consumers with a mailbox that suspends, and producers with linked rings."""
    boxed = Props(consume, mailbox=Mailbox(name, capacity, "suspend"))
    return ActorSystem([boxed, produce], **{"actors": 256, "state_words": 6, **options})


def consumer(system, pauses=0, following=0):
    ref = system.spawn(system.program.behaviours[0])
    system.state(ref)[4:6] = pauses, following
    return ref


def rest(system):
    system.await_rest(40)
    counted = system.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]
    return counted


@pytest.mark.parametrize("name", ["standard", "hardware-optimised"])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_many_fast_producers_and_a_slow_consumer_drop_nothing(workers, name):
    with system_of(name, workers=workers) as system:
        to = consumer(system, pauses=50)
        producers = 16
        refs = [system.spawn(produce, to.value, ITEMS) for _ in range(producers)]
        for ref in refs:
            ref.tell(STEP, STEPS)
        counted = rest(system)
        assert counted["dropped"] == counted["dead_letters"] == 0
        assert counted["mutes"] > 0
        assert list(system.state(to)[[0, 2]]) == [producers * STEPS * ITEMS, 0]
        # Each producer is muted after the step that found the mailbox full.
        assert system.mailbox(to).high_water <= CAPACITY + producers * ITEMS


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_back_pressure_goes_up_a_line_of_actors(workers):
    with system_of(workers=workers) as system:
        last = consumer(system, pauses=100)
        middle = consumer(system, following=last.value + 1)
        producers = 8
        for _ in range(producers):
            system.spawn(produce, middle.value, ITEMS).tell(STEP, STEPS)
        counted = rest(system)
        assert counted["dropped"] == 0
        assert system.state(last)[0] == producers * STEPS * ITEMS
        assert system.mailbox(last).high_water <= CAPACITY + 1


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_actors_in_circles_never_wait_for_each_other(workers):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    with system_of(capacity=4, workers=workers) as system:
        ring = [consumer(system) for _ in range(5)]
        for k, ref in enumerate(ring):
            system.state(ref)[5] = ring[(k + 1) % 5].value + 1
        # Items circulate for ever; so many more come from outside that some are lost.
        for k in range(10):
            system.spawn(produce, ring[(seed >> k) % 5].value, ITEMS).tell(STEP, STEPS // 10)
        ring[0].tell(ITEM)
        for _ in range(3):
            before = system.counters()["processed"]
            while system.counters()["processed"] < before + 100:
                assert system.is_alive(ring[0])
        for ref in ring:
            system.poison(ref)
        rest(system)


@pytest.mark.parametrize("ends", [True, False])
def test_a_muted_actor_handles_nothing_but_can_be_killed_at_once(ends):
    with system_of(capacity=2, workers=2, supervised=True) as system:
        to = consumer(system)
        to.tell(HOLD)
        by = system.spawn(produce, to.value, 3)
        for _ in range(3):
            by.tell(STEP, 1)
        until = time.monotonic() + 30
        while system.counters()["mutes"] == 0:
            assert time.monotonic() < until
        if ends:
            system.kill(by)
            while system.is_alive(by):
                assert time.monotonic() < until
        # The receiver has not read a message yet.
        assert system.state(by)[2] == 1
        atomics.store_release(system.state(to), 1, 1)
        counted = rest(system)
        assert counted["dead_letters"] == (2 if ends else 0)
        assert system.state(to)[0] == (3 if ends else 9)


def test_python_and_who_sends_to_itself_are_never_muted():
    boxed = Props(produce, mailbox=Mailbox("standard", 4, "suspend"))
    with ActorSystem([boxed], workers=1, actors=64) as system:
        ref = system.spawn(produce)
        system.state(ref)[:2] = ref.value, 8
        for _ in range(3):
            ref.tell(STEP, 1)
        counted = rest(system)
        assert counted["mutes"] == 0


def test_there_is_room_for_twice_as_many_and_no_more():
    with system_of(capacity=32, workers=1) as system:
        to = consumer(system)
        by = system.spawn(produce, to.value, 100)
        by.tell(STEP, 2)
        counted = rest(system)
        assert counted["dropped"] == 2 * (100 - 64)
        assert counted["mutes"] == 2
        assert system.mailbox(to).high_water == 64
        assert system.mailbox(to).dropped == 2 * (100 - 64)


@pytest.mark.parametrize("workers", [1, 2])
def test_with_the_end_of_the_receiver_those_who_wait_go_on(workers):
    with system_of(capacity=8, workers=workers) as system:
        to = consumer(system, pauses=50)
        refs = [system.spawn(produce, to.value, 1) for _ in range(8)]
        for ref in refs:
            ref.tell(STEP, STEPS)
        to.tell(STOP)
        rest(system)
        assert not system.is_alive(to)
        assert [int(system.state(ref)[2]) for ref in refs] == [STEPS] * 8


@pytest.mark.parametrize("name", ["sharded", "priority"])
def test_a_mailbox_in_parts_cannot_suspend(name):
    with pytest.raises(ValueError, match="cannot suspend; use standard"):
        Mailbox(name, 1024, "suspend")
