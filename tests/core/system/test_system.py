import numpy as np
import pytest
from zbench.core import ActorSystem, ActorSystemError
from zbench.core.actors.refs import SLOT_MASK, end_life
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import common as b


@pytest.fixture(params=["specialised", "table"])
def system(request):
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=1000, dispatch=request.param) as made:
        yield made


def test_a_message_reaches_its_actor(system):
    ref = system.spawn(b.actor)
    for _ in range(10):
        ref.tell(b.COUNT)
    system.await_rest()
    assert system.state(ref)[0] == 10
    assert system.counters()["processed"] == 10


def test_a_stopped_actors_messages_become_dead_letters_and_its_slot_is_reused(system):
    ref = system.spawn(b.actor)
    ref.tell(b.STOP)
    system.await_rest()
    ref.tell(b.COUNT)
    system.await_rest()
    counted = system.counters()
    assert counted["dead_letters"] == 1
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]
    slot = ref.value & SLOT_MASK
    assert system.tables.actor[slot * LINE + actor_row.REF] == end_life(ref.value)


def test_a_behaviour_that_raises_ends_its_actor_and_not_the_worker(system):
    bad, good = system.spawn(b.actor), system.spawn(b.actor)
    bad.tell(b.RAISE)
    system.await_rest()
    bad.tell(b.COUNT)
    good.tell(b.COUNT)
    system.await_rest()
    assert system.counters()["failures"] == 1
    assert system.counters()["dead_letters"] == 1
    assert system.state(good)[0] == 1


def test_actors_spawn_from_inside_behaviours_until_the_table_is_full(system):
    ref = system.spawn(b.actor)
    ref.tell(b.SPAWN, 5000)
    system.await_rest()
    made = int(system.state(ref)[1])
    assert 1000 <= made < system.tables.actors
    assert system.counters()["processed"] == made + 1
    with pytest.raises(ActorSystemError, match="raise actors"):
        system.spawn_many(b.actor, 1000)


def test_slots_that_workers_keep_do_not_count_against_the_room_asked_for():
    """Workers keep the slots of stopped actors; ``actors`` counts live ones only."""
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=2) as system:
        for _ in range(300):
            system.poison(*[int(r) for r in system.spawn_many(b.actor, 2)])
            system.await_rest()


def test_a_full_mailbox_spills_keeps_the_order_and_loses_nothing():
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=64, mailbox_capacity=2) as system:
        to, by = system.spawn(b.actor), system.spawn(b.actor)
        by.tell(b.FLOOD, to.value, 100_000)
        system.wait(1, timeout=30)
        system.await_rest()
        assert list(system.state(to)[:3]) == [100_000, 0, 100_000]
        assert system.counters()["spills"] > 0
        assert system.counters()["dead_letters"] == 0


def test_messages_beyond_the_room_for_them_are_counted_as_refused_dead_letters():
    with ActorSystem(b.BEHAVIOURS, workers=1, actors=2, messages=64) as system:
        floods = system.spawn(b.actor)
        # A running actor's own mailbox is not read meanwhile; another actor's would be.
        floods.tell(b.FLOOD, floods.value, 1_000_000)
        system.wait(1, timeout=30)
        system.await_rest()
        counted = system.counters()
        assert counted["refused"] == counted["dead_letters"] > 0
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def test_waiting_gives_up_after_its_time_and_says_what_was_counted(system):
    with pytest.raises(TimeoutError, match="'sent': 0"):
        system.wait(1, timeout=0.1)


def test_stopping_twice_is_harmless(system):
    system.stop()
    system.stop()


@pytest.mark.parametrize(
    ("option", "value"),
    [("workers", -1), ("actors", 0), ("mailbox_capacity", 1), ("state_words", 0), ("messages", 0)],
)
def test_a_size_out_of_range_is_refused_with_its_range(option, value):
    with pytest.raises(ValueError, match=rf"{option} must be \d+ to \d+, got {value}"):
        ActorSystem(b.BEHAVIOURS, **{option: value})


@pytest.mark.parametrize("kind", [b.COUNT, b.HIGHEST, b.HIGHEST + 1, -1])
def test_mail_a_stopped_actor_leaves_is_dead_letters_of_whatever_kind(system, kind):
    ref = system.spawn(b.actor)
    ref.tell(b.STOP_THEN, 5, kind)
    system.await_rest(timeout=10)
    assert system.counters()["dead_letters"] == 5


def test_the_highest_kind_is_an_ordinary_one(system):
    ref = system.spawn(b.actor)
    ref.tell(b.HIGHEST)
    system.await_rest(timeout=10)
    assert system.state(ref)[0] == 1


@pytest.mark.parametrize("kind", [-1, 65_536])
def test_a_kind_that_does_not_fit_is_refused_before_it_is_sent(system, kind):
    ref = system.spawn(b.actor)
    with pytest.raises(ValueError, match=rf"kind must be 0 to 65535, got {kind}"):
        ref.tell(kind)
    assert system.counters()["sent"] == 0


def test_too_many_words_are_refused(system):
    ref = system.spawn(b.actor)
    with pytest.raises(ValueError, match="at most 6 words"):
        ref.tell(b.COUNT, *range(7))
    with pytest.raises(ValueError, match="raise state_words"):
        system.spawn(b.actor, *range(100))


def test_tables_take_less_than_192_bytes_an_actor():
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=1 << 16) as system:
        tables = system.table_bytes()
        rows = sum(tables[name] for name in ("actor", "state", "items", "inject"))
        assert rows / system.tables.actors <= 192


def test_refs_of_a_batch_are_distinct(system):
    assert len(np.unique(system.spawn_many(b.actor, 500))) == 500


def test_a_reply_to_python_is_a_dead_letter(system):
    first, second = system.spawn(b.actor), system.spawn(b.actor)
    for ref in (first, second):
        ref.tell(b.REPLY)
    system.await_rest()
    assert system.counters()["dead_letters"] == 2
