"""Actors with bounded mailboxes: delivery, overflow, ends, figures."""

import pytest
from zbench.core import (
    ActorSystem,
    ActorSystemError,
    DeadLetter,
    EventBus,
    Mailbox,
    Props,
    Supervisor,
    mailbox_names,
)
from zbench.core.mailbox import registry

from tests.core.behaviours import common as b
from tests.core.behaviours import family as f
from tests.core.behaviours.halted import halt

pytestmark = pytest.mark.compiles

BOXES = [
    name
    for name in mailbox_names()
    if name not in registry.ALIASES and registry.number_of(name) != 0
]
ACTORS = 256  # rows of the tables
LIVES = 600  # more than that, so that slots are used again


def system_of(mailbox, **options):
    """One behaviour with a mailbox, and the same with linked rings."""
    given = {"workers": 2, "actors": ACTORS, **options}
    return ActorSystem([Props(b.actor, mailbox=mailbox), b.stressed, b.actor], **given)


def boxed(system, *state):
    return system.spawn(system.program.behaviours[0], *state)


def linked(system, *state):
    return system.spawn(system.program.behaviours[2], *state)


def rest(system):
    system.await_rest(30)
    counted = system.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]
    return counted


@pytest.mark.parametrize("name", mailbox_names())
def test_a_flood_arrives_whole_and_in_order(name):
    asked = Mailbox(name, capacity=1 << 16) if registry.number_of(name) else name
    with system_of(asked) as system:
        to, by = boxed(system), linked(system)
        assert not system.supervised
        by.tell(b.FLOOD, to.value, 4000)
        counted = rest(system)
        assert list(system.state(to)[:3]) == [4000, 0, 4000]
        assert counted["dead_letters"] == 0


@pytest.mark.parametrize("name", BOXES)
def test_what_there_is_no_room_for_is_dropped_and_counted(name):
    with system_of(Mailbox(name, capacity=32), workers=1) as system:
        to, by = boxed(system), linked(system)
        by.tell(b.FLOOD, to.value, 1000)
        counted = rest(system)
        held = int(system.state(to)[0])
        assert 0 < held <= 32
        assert counted["dropped"] == counted["dead_letters"] == 1000 - held
        figures = system.mailbox(to)
        assert (figures.received, figures.dropped, figures.waiting) == (held, 1000 - held, 0)
        assert figures.high_water == held
        # The first ones came, in order.
        assert system.state(to)[1] == 0


@pytest.mark.parametrize("name", ["standard", "sharded", "priority"])
def test_dropping_the_oldest_keeps_the_newest(name):
    with system_of(Mailbox(name, capacity=32, overflow="drop-oldest"), workers=1) as system:
        to, by = boxed(system), linked(system)
        by.tell(b.FLOOD, to.value, 1000)
        counted = rest(system)
        held = int(system.state(to)[0])
        assert counted["dropped"] == 1000 - held
        # The next expected number: the last one came, and there was only one gap.
        assert list(system.state(to)[1:3]) == [1, 1000]


@pytest.mark.parametrize("name", BOXES)
def test_a_sender_fails_once_for_its_message_where_the_mailbox_says_so(name):
    with system_of(Mailbox(name, capacity=32, overflow="fail"), workers=1) as system:
        to, by = boxed(system), linked(system)
        by.tell(b.FLOOD, to.value, 1000)
        counted = rest(system)
        assert counted["dropped"] == 1000 - int(system.state(to)[0]) > 1
        assert counted["failures"] == 1
        assert [fault.message for fault in system.faults()] == ["code 7"]
        assert not system.is_alive(by)
        assert system.is_alive(to)


@pytest.mark.parametrize("name", BOXES)
def test_python_does_not_fail_where_a_mailbox_is_full(name):
    with system_of(Mailbox(name, capacity=32, overflow="fail"), workers=1) as system:
        to = boxed(system)
        halt(system)
        for _ in range(40):
            to.tell(b.COUNT)
        assert system.counters()["failures"] == 0
        assert system.counters()["dropped"] == 40 - system.mailbox(to).waiting


@pytest.mark.parametrize("name", BOXES)
def test_what_a_stopped_actor_leaves_is_dead_letters_and_its_slot_is_used_again(name):
    with system_of(Mailbox(name, capacity=64), workers=2) as system:
        for life in range(LIVES):
            ref = boxed(system) if life % 3 else linked(system)
            ref.tell(b.STOP_THEN, 4, b.COUNT)
            counted = rest(system)
            assert counted["dead_letters"] == 5 * life + 4
            ref.tell(b.COUNT)
            assert rest(system)["dead_letters"] == 5 * (life + 1)
        assert counted["stopped"] == LIVES


@pytest.mark.parametrize("name", BOXES)
def test_poison_stops_an_actor_once_it_has_handled_what_came_before(name):
    with system_of(Mailbox(name, capacity=1 << 16)) as system:
        for _ in range(LIVES):
            to = boxed(system)
            for _ in range(30):
                to.tell(b.COUNT)
            system.poison(to)
            system.poison(to)
            to.tell(b.COUNT)
            rest(system)
            assert system.state(to)[0] >= 30
            assert not system.is_alive(to)
        counted = rest(system)
        assert counted["stopped"] == LIVES
        # The second request of each pair is one, unless the first was finished by then.
        assert counted["dead_letters"] >= LIVES


@pytest.mark.parametrize("name", BOXES)
def test_poison_needs_no_room(name):
    with system_of(Mailbox(name, capacity=32), workers=1) as system:
        to = boxed(system)
        by = linked(system)
        by.tell(b.FLOOD, to.value, 1000)
        system.poison(to)
        rest(system)
        assert not system.is_alive(to)


@pytest.mark.parametrize("name", BOXES)
def test_the_tree_counts_what_waits_in_a_mailbox_at_a_fixed_place(name):
    with system_of(Mailbox(name, capacity=1024), workers=1) as system:
        ref = boxed(system)
        halt(system)
        for waiting in range(1, 20):
            ref.tell(b.COUNT)
            assert system.tree().actors[0].waiting == waiting
            assert system.mailbox(ref).waiting == waiting


def test_figures_are_those_of_a_mailbox_and_of_one_life():
    with system_of("standard") as system:
        ref, other = boxed(system), linked(system)
        ref.tell(b.COUNT)
        rest(system)
        assert system.mailbox(ref).received == 1
        assert system.mailbox(ref).mailbox == Mailbox("standard")
        with pytest.raises(ActorSystemError, match="not of linked rings"):
            system.mailbox(other)
        system.poison(ref)
        rest(system)
        with pytest.raises(ActorSystemError, match="live actors"):
            system.mailbox(ref)
        again = boxed(system)
        assert system.mailbox(again).received == 0


def test_events_tell_why_messages_were_lost():
    bus = EventBus(thresholds=None)
    seen = bus.stream([DeadLetter], timeout=1)
    with system_of(Mailbox("standard", capacity=2), workers=1, events=bus) as system:
        ref, by = boxed(system), linked(system)
        by.tell(b.FLOOD, ref.value, 3)
        rest(system)
        ref.tell(b.STOP_THEN, 1, b.HIGHEST)
        rest(system)
        ref.tell(b.COUNT)
        rest(system)
    told = [(event.kind, event.reason, event.receiver) for event in seen]
    assert told == [
        (b.ORDERED, "no room", ref.value),
        (b.HIGHEST, "unread", ref.value),
        (b.COUNT, "no actor", ref.value),
    ]


def test_different_mailboxes_live_in_one_system():
    kinds = [Mailbox("standard", 64), Mailbox("priority", 64, levels={b.COUNT: "high"}),
             Mailbox("standard", 128), Mailbox("standard", 64), "linked", "sharded"]  # fmt: skip
    props = [Props(b.actor, mailbox=kind) for kind in kinds]
    with ActorSystem(props, workers=2, actors=ACTORS) as system:
        refs = [system.spawn(p) for p in props for _ in range(3)]
        for _ in range(10):
            for ref in refs:
                ref.tell(b.COUNT)
        rest(system)
        assert [int(system.state(ref)[0]) for ref in refs] == [10] * len(refs)


def test_more_memory_than_there_is_is_refused_with_what_to_do():
    huge = Mailbox("standard", capacity=1 << 20)
    with pytest.raises(ValueError, match="lower actors, or the capacity"):
        ActorSystem([Props(b.actor, mailbox=huge)], actors=1 << 20)


def test_a_behaviour_names_a_mailbox_that_there_is():
    with pytest.raises(ValueError, match="got 'sharp'"):
        Props(b.actor, mailbox="sharp")


@pytest.mark.parametrize(
    ("props", "supervised"),
    [
        (Props(b.actor, mailbox="standard"), False),
        (Props(b.actor, mailbox="standard", supervisor=Supervisor()), True),
        (Props(b.actor, f.pre_start, mailbox="standard"), True),
    ],
)
def test_a_mailbox_alone_asks_for_no_supervision(props, supervised):
    assert props.wants_supervision() == supervised
