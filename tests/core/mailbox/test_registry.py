"""Every mailbox type by itself: the checks common to all, and the promises of each."""

import dataclasses

import numpy as np
import pytest
from zbench.core import Mailbox, behaviour, mailbox_names
from zbench.core.mailbox import registry
from zbench.core.mailbox.bounded import cell
from zbench.core.mailbox.bounded.priority import BOOST_AFTER
from zbench.core.mailbox.bounded.sharded import RUN_MOST, SHARDS, shard_of
from zbench.core.mailbox.conformance import Box, check
from zbench.core.mailbox.registry import register_mailbox
from zbench.core.messages.levels import LEVELS

from tests.core.behaviours.own_mailbox import LOCKED, front

pytestmark = pytest.mark.compiles

CRITICAL, HIGH, NORMAL, LOW = range(4)


@pytest.mark.parametrize("kind", [*registry.BUILT_IN, LOCKED], ids=lambda kind: kind.name)
def test_a_type_conforms(kind):
    check(kind)


@behaviour
def keeps_nothing(w, place, capacity, line):
    pass


@behaviour
def ignores_closing(w, place, capacity):
    pass


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ({"pop": keeps_nothing}, "check_contents"),
        ({"close": ignores_closing}, "a closed box took a message"),
        ({"words": lambda capacity: 64}, "words outside the box were written|out of bounds|index"),
    ],
)
def test_a_type_that_breaks_its_promises_does_not_conform(broken, what):
    with pytest.raises((AssertionError, IndexError), match=what):
        check(dataclasses.replace(LOCKED, **broken))


def test_every_name_of_the_plan_is_there():
    plan = {"standard", "fast", "high-perf", "ultra-fast", "sharded", "zero-copy", "batch",
            "adaptive", "hardware-optimised", "prefetching", "priority"}  # fmt: skip
    assert plan <= set(mailbox_names())
    assert all(
        registry.type_of(name) == registry.type_of(registry.ALIASES[name])
        for name in registry.ALIASES
    )


@pytest.mark.parametrize("kind", [registry.STANDARD, registry.COUNTED], ids=lambda kind: kind.name)
@pytest.mark.parametrize("capacity", [2, 64])
def test_a_single_ring_holds_exactly_its_capacity_in_one_order_for_all(kind, capacity):
    box = Box(kind, capacity)
    assert box.fill() == capacity
    for _ in range(capacity):
        box.take()
    for k in range(capacity):
        assert box.put(k, sender=k % 3) == cell.PUT
    assert [box.take()[0] for _ in range(capacity)] == list(range(capacity))


def test_a_sender_that_floods_takes_no_room_from_another_shard_and_waits_its_turn():
    box = Box(registry.SHARDED, 16 * SHARDS)
    flooder = 0
    other = next(s for s in range(1, 100) if shard_of(s) != shard_of(flooder))
    assert box.fill(flooder) == 16
    assert box.put(-5, flooder) == cell.FULL
    assert box.put(7, other) == cell.PUT
    senders = []
    while other not in senders:
        box.put(0, flooder)
        senders.append(box.take()[1])
    assert len(senders) <= RUN_MOST + 1


def test_senders_spread_over_all_shards():
    assert {shard_of(slot) for slot in range(64)} == set(range(SHARDS))


def test_higher_levels_go_first():
    box = Box(registry.PRIORITY, 64)
    for level in (LOW, NORMAL, HIGH, CRITICAL):
        for k in range(3):
            assert box.put(10 * level + k, level=level) == cell.PUT
    wanted = [10 * level + k for level in range(4) for k in range(3)]
    assert [box.take()[0] for _ in range(12)] == wanted


@pytest.mark.parametrize("lower", [HIGH, NORMAL, LOW])
def test_a_flood_of_higher_levels_does_not_starve_a_lower_one(lower):
    box = Box(registry.PRIORITY, 64)
    assert box.put(-7, level=lower) == cell.PUT
    for level in range(lower):
        box.fill(level=level)
    looks = 1
    while box.take()[0] != -7:
        looks += 1
        assert looks <= 3 * BOOST_AFTER + 1
        for level in range(lower):
            box.put(1, level=level)


def test_levels_of_kinds_are_packed_and_found_again():
    levels = {0: "critical", 15: "low", 16: "high", 65_535: "low", 300: "critical"}
    packed = Mailbox("priority", levels=levels).level_words()
    for kind in (0, 1, 14, 15, 16, 17, 299, 300, 301, 65_534, 65_535):
        found = (packed[kind // 16] >> (4 * (kind % 16))) & 0xF
        assert LEVELS[found] == levels.get(kind, "normal")
    assert all(word < 1 << 63 for word in packed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "fastest"}, "mailbox must be one of linked, standard.*got 'fastest'"),
        ({"name": "standard", "capacity": 1}, "capacity of mailbox 'standard' must be 2 to"),
        ({"name": "sharded", "capacity": 16}, "capacity of mailbox 'sharded' must be 32 to"),
        ({"name": "standard", "overflow": "spill"}, "overflow of mailbox 'standard' must be one"),
        ({"name": "hardware-optimised", "overflow": "drop-oldest"}, "cannot drop the oldest"),
        ({"name": "linked", "capacity": 64}, "takes no capacity"),
        ({"name": "batch", "overflow": "fail"}, "takes no capacity"),
        ({"name": "standard", "levels": {1: "high"}}, "has no levels; use priority"),
        ({"name": "priority", "levels": {1: "top"}}, "a level must be one of critical"),
        ({"name": "priority", "levels": {1 << 16: "low"}}, "a kind with a level must be"),
    ],
)
def test_a_mailbox_without_meaning_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Mailbox(**options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": ["standard"]}, ValueError, r"mailbox must be one of .*, got \['standard'\]"),
        ({"name": "standard", "capacity": 8.0}, TypeError, "capacity must be an integer"),
        ({"name": "standard", "overflow": 0}, ValueError, "overflow of mailbox .*, got 0"),
        ({"name": "priority", "levels": [1]}, TypeError, "levels must be a dict of kinds"),
        ({"name": "priority", "levels": {1.5: "high"}}, TypeError, "a kind with a level must"),
    ],
)
def test_a_value_of_another_type_is_refused_in_one_line(options, error, message):
    with pytest.raises(error, match=message) as raised:
        Mailbox(**options)
    assert "\n" not in str(raised.value)


def test_numbers_of_numpy_are_a_capacity():
    assert Mailbox("standard", capacity=np.int8(100)) == Mailbox("standard", capacity=100)
    assert Mailbox("standard", capacity=np.int8(100)).cells == 128


@pytest.mark.parametrize("name", ["linked", "standard", "fast"])
def test_a_name_that_is_taken_is_refused(name):
    with pytest.raises(ValueError, match="already"):
        register_mailbox(dataclasses.replace(LOCKED, name=name))


def test_the_users_front_is_its_own():
    assert LOCKED.kernels()[2] is front
