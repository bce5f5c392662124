"""The event bus of running systems."""

import secrets
import threading
import time

import numpy as np
import pytest
from zbench.core import (
    ActorCreated,
    ActorDestroyed,
    ActorRestarted,
    ActorSystem,
    ActorSystemError,
    DeadLetter,
    Event,
    EventBus,
    EventBusError,
    MessageSent,
    PerformanceAlert,
    Props,
    Supervisor,
    SystemStarted,
    SystemStopped,
    Thresholds,
)
from zbench.core.compile.kernel import INTERPRETED

from tests.core.behaviours import common as b
from tests.core.behaviours import family as f

pytestmark = pytest.mark.compiles

MESSAGES = 200 if INTERPRETED else 20_000
SAMPLE = 10


def plain(bus, workers=2, **options):
    """A system without supervision that samples messages."""
    return ActorSystem(b.BEHAVIOURS, workers=workers, actors=4096, events=bus, **options)


def family(bus):
    """A supervised system; its behaviours are a parent's and a child's."""
    parent = f.props(Supervisor("restart", codes={3: "stop"}))
    behaviours = [parent, Props(f.receive, *parent.life_hooks()), f.diary]
    guardian = Supervisor("restart", codes={3: "stop"})
    return ActorSystem(behaviours, workers=2, guardian=guardian, state_words=64, events=bus)


def listened(make, act, **options):
    """Every event of a system on which ``act`` was called, in order of time."""
    bus = EventBus(thresholds=None, **options)
    stream = bus.stream(timeout=60, capacity=1 << 20)
    with make(bus) as system:
        act(system)
        system.await_rest()
    heard = list(stream)
    assert stream.dropped == 0
    assert isinstance(heard[0], SystemStarted)
    assert isinstance(heard[-1], SystemStopped)
    return sorted(heard, key=lambda e: e.time_ns)


def of(kind, heard):
    return [e for e in heard if isinstance(e, kind)]


def endings(heard):
    return {e.actor: e.reason for e in of(ActorDestroyed, heard)}


def test_actors_without_supervisors_are_told_of_from_birth_to_end():
    refs = {}

    def act(system):
        for name, kind in (("stopped", b.STOP), ("failed", b.RAISE), ("poisoned", None)):
            refs[name] = system.spawn(b.actor).value
            if kind is None:
                system.poison(refs[name])
            else:
                system.tell(refs[name], kind)

    heard = listened(plain, act, sample_messages=SAMPLE)
    created = of(ActorCreated, heard)
    assert {e.actor for e in created} == set(refs.values())
    assert {(e.parent, e.behaviour) for e in created} == {(-1, 0)}
    assert endings(heard) == {ref: name for name, ref in refs.items()}


def test_families_are_told_of_with_the_reason_of_each_end():
    refs = {}

    def child_of(system, parent):
        system.tell(parent, f.SPAWN, 1)
        system.await_rest()
        return int(system.state(parent)[f.LAST_CHILD])

    def act(system):
        parent, other = (system.spawn(system.program.behaviours[0]).value for _ in range(2))
        for name in ("stopped", "poisoned", "killed", "failed", "parent stopped"):
            refs[name] = child_of(system, parent)
        refs["unborn"], refs["parent"] = child_of(system, other), parent
        system.tell(refs["stopped"], f.STOP)
        system.poison(refs["poisoned"])
        system.kill(refs["killed"])
        system.tell(refs["failed"], f.FAIL, 3)
        system.tell(other, f.RAISE)  # restarts, which ends its child
        system.await_rest()
        system.kill(parent)

    heard = listened(family, act)
    wanted = {refs[reason]: reason for reason in refs if reason not in ("unborn", "parent")}
    wanted |= {refs["unborn"]: "parent stopped", refs["parent"]: "killed"}
    assert endings(heard) == wanted
    children = [e.parent for e in of(ActorCreated, heard) if e.behaviour == 1]
    assert children.count(refs["parent"]) == 5
    (restarted,) = of(ActorRestarted, heard)
    assert (restarted.behaviour, restarted.restarts) == (0, 1)


def test_every_dead_letter_is_told_of_with_who_sent_it_and_why():
    refs = {}

    def act(system):
        refs["gone"] = system.spawn(b.actor).value
        system.tell(refs["gone"], b.STOP)
        system.await_rest()
        system.tell(refs["gone"], b.COUNT)
        system.poison(refs["gone"])
        refs["leaves"] = system.spawn(b.actor).value
        system.tell(refs["leaves"], b.STOP_THEN, 3, b.HIGHEST)

    heard = [
        (e.sender, e.receiver, e.kind, e.reason)
        for e in of(DeadLetter, listened(plain, act, sample_messages=SAMPLE))
    ]
    gone, leaves = refs["gone"], refs["leaves"]
    assert sorted(heard) == sorted(
        [
            (-1, gone, b.COUNT, "no actor"),
            (-1, gone, -1, "no actor"),
            *[(leaves, leaves, b.HIGHEST, "unread")] * 3,
        ]
    )


def test_a_message_for_which_there_is_no_ring_is_told_of():
    def act(system):
        # To itself: no worker reads the mailbox of a running actor.
        floods = system.spawn(b.actor)
        floods.tell(b.FLOOD, floods.value, 60_000)
        system.wait(timeout=60)
        system.await_rest()
        refused.append(system.counters()["refused"])

    refused = []
    heard = listened(
        lambda bus: plain(bus, workers=1, messages=64, mailbox_capacity=2),
        act,
        sample_messages=SAMPLE,
        slots=1 << 17,
    )
    letters = of(DeadLetter, heard)
    assert len(letters) == refused[0] > 0
    assert {e.reason for e in letters} == {"no room"}


def test_sampled_messages_stand_for_all_that_were_sent():
    def act(system):
        refs = system.spawn_many(b.actor, 2)
        system.tell(refs[0], b.FLOOD, int(refs[1]), MESSAGES)
        system.await_rest()
        told.append((refs, system.counters()["sent"]))

    told = []
    heard = of(MessageSent, listened(plain, act, sample_messages=SAMPLE))
    ((refs, sent),) = told
    assert {(e.sender, e.receiver, e.kind) for e in heard} == {(refs[0], refs[1], b.ORDERED)}
    # Up to SAMPLE - 1 messages of each of three rows are not yet covered by an event.
    assert sent - 3 * (SAMPLE - 1) <= sum(e.stands_for for e in heard) <= sent


@pytest.mark.parametrize("slots", [2, 1 << 14])
def test_of_all_that_happens_in_a_storm_nothing_is_lost_uncounted(slots):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    bus = EventBus(slots=slots, sample_messages=SAMPLE, thresholds=None)
    stream = bus.stream(timeout=60, capacity=1 << 22)
    with plain(bus) as system:
        refs = system.spawn_many(b.stressed, 50)
        for k, ref in enumerate(refs):
            system.state(ref)[[0, 4, 5]] = seed + k, refs.min(), len(refs)
        system.tell_many(refs, b.STRESS, 20 if INTERPRETED else 400)
        system.await_rest()
        counted = system.counters()
    heard = list(stream)
    assert stream.dropped == 0
    rows = [[e.number for e in heard if e.worker == w] for w in range(3)]
    missing = 0
    for numbers in rows:
        assert numbers == sorted(set(numbers)), "not in order"
        missing += (numbers[-1] + 1 - len(numbers)) if numbers else 0
    assert missing <= bus.dropped()
    if bus.dropped() == 0:
        created, destroyed = of(ActorCreated, heard), of(ActorDestroyed, heard)
        assert len(destroyed) == counted["stopped"]
        assert len(created) - len(destroyed) == len(refs)
        assert len({e.actor for e in created}) == len(created)
        born = {e.actor: e.time_ns for e in created}
        assert all(born[e.actor] <= e.time_ns for e in destroyed)
    else:
        assert slots == 2


@pytest.mark.parametrize(
    ("subscribe", "message"),
    [
        (lambda bus: bus.subscribe(None), "callback must be a function of one event, got None"),
        (lambda bus: bus.subscribe(print, [5]), r"kinds must be a list of classes .*, got \[5\]"),
        (lambda bus: bus.subscribe(print, DeadLetter), "kinds must be a list of classes of events"),
        (lambda bus: bus.stream([int]), "kinds must be a list of classes of events"),
        (lambda bus: bus.stream("DeadLetter"), "kinds must be a list of classes of events"),
        (lambda bus: bus.stream(timeout="1"), "timeout must be a number of seconds"),
        (lambda bus: bus.stream().next("1"), "timeout must be a number of seconds"),
        (lambda _: EventBus(thresholds=True), "thresholds must be Thresholds or None, got True"),
    ],
)
def test_a_subscription_that_would_end_the_bus_is_refused(subscribe, message):
    with pytest.raises(TypeError, match=message):
        subscribe(EventBus())


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_subscriber_that_raises_is_counted_and_told_of_once(caplog, error):
    bus = EventBus(thresholds=None)
    heard = []

    def bad(event):
        raise error("no")

    broken = bus.subscribe(bad)
    whole = bus.subscribe(heard.append, kinds=[ActorCreated, SystemStopped])
    with plain(bus) as system:
        system.spawn_many(b.actor, 20)
    assert broken.failures == 22
    assert whole.failures == 0
    assert len(of(ActorCreated, heard)) == 20
    assert isinstance(heard[-1], SystemStopped)
    assert [r.message for r in caplog.records].count(caplog.records[0].message) == 1
    assert len(caplog.records) == 1


def test_a_slow_subscriber_loses_events_and_holds_up_nobody():
    bus = EventBus(thresholds=None)
    gate = threading.Event()
    slow = bus.subscribe(lambda _: gate.wait(60), capacity=3)
    quick = bus.stream([ActorCreated], timeout=60, capacity=1000)
    with plain(bus) as system:
        system.spawn_many(b.actor, 100)
        heard = [quick.next(60) for _ in range(100)]
        gate.set()
    assert [e.number for e in heard] == list(range(100))
    # The callback may have taken SystemStarted out of its queue.
    assert 97 <= slow.dropped <= 99


def test_a_closed_subscription_hears_no_more():
    bus = EventBus(thresholds=None)
    heard = []
    subscription = bus.subscribe(heard.append, kinds=[ActorCreated])
    other = bus.stream([ActorCreated], timeout=60)
    with plain(bus) as system:
        system.spawn(b.actor)
        assert other.next(60) is not None
        subscription.close()
        subscription.close()
        system.spawn(b.actor)
        assert other.next(60) is not None
    assert len(heard) == 1


def test_a_stream_ends_after_its_timeout_and_with_the_system():
    with plain(True) as system:
        assert list(system.events.stream(timeout=0.001)) == []
        with system.events.stream([SystemStopped]) as stream:
            stopper = threading.Thread(target=system.stop)
            stopper.start()
            assert [type(e) for e in stream] == [SystemStopped]
            stopper.join()
        with pytest.raises(EventBusError, match="has stopped"):
            system.events.subscribe(print)
        system.stop()


def test_a_callback_may_send_and_stop_the_system():
    bus = EventBus(thresholds=None)
    letters = []

    def answer(event):
        letters.append(event)
        if len(letters) < 5:
            system.tell(event.receiver, b.COUNT)  # a dead letter again
        else:
            system.stop()

    subscription = bus.subscribe(answer, kinds=[DeadLetter])
    system = plain(bus)
    system.tell(1 << 40, b.COUNT)
    until = time.monotonic() + 60
    while len(letters) < 5 and time.monotonic() < until:
        time.sleep(0.001)
    system.stop()
    assert len(letters) == 5
    assert subscription.failures == 0


def test_a_passed_threshold_alerts():
    bus = EventBus(thresholds=Thresholds(dead_letters=50, interval=0.01))
    stream = bus.stream([PerformanceAlert], timeout=60)
    with plain(bus) as system:
        until = time.monotonic() + 60
        alert = None
        while alert is None and time.monotonic() < until:
            system.tell_many(np.full(1000, 1 << 40), b.COUNT)
            alert = stream.next(0.05)
    assert alert.measure in ("dead letters", "dropped events")
    assert alert.value > alert.threshold


def test_a_bus_serves_one_system_and_a_system_without_one_says_so():
    bus = EventBus(thresholds=None)
    with plain(bus):
        pass
    with pytest.raises(EventBusError, match="serves one ActorSystem"):
        plain(bus)
    with (
        ActorSystem(b.BEHAVIOURS, workers=1) as system,
        pytest.raises(ActorSystemError, match="events=True"),
    ):
        _ = system.events
    assert EventBus().dropped() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slots": 1}, "slots must be 2 to"),
        ({"sample_messages": -1}, "sample_messages must be 0 to"),
    ],
)
def test_a_size_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        EventBus(**options)
    with pytest.raises(ValueError, match="capacity must be 1 to"):
        EventBus().stream(capacity=0)


def test_events_cannot_be_changed():
    event = Event(0, 0, 0)
    with pytest.raises(AttributeError):
        event.time_ns = 1
