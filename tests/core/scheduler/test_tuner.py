"""Settings, the tuner's rules, batches with a target, and the hook after a batch."""

import pytest
from zbench.core import ActorSystem, Batching, Props, Tuner
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout import shared_words, worker_row
from zbench.core.scheduler import batching
from zbench.core.scheduler.tuner import RESTS, Reading, decide, read

from tests.core.behaviours import common as b
from tests.core.behaviours import scheduler as s

pytestmark = pytest.mark.compiles

DEFAULTS = {
    "batch": shared_words.BATCH,
    "steal_most": shared_words.STEAL_MOST,
    "spins": shared_words.SPINS,
}
MANY = 2_000 if INTERPRETED else 100_000


def reading(**given):
    usual = {"seconds": 1.0, "workers": 2, "processed": 100_000, "runs": 50_000,
             "attempts": 0, "steals": 0, "parks": 10}  # fmt: skip
    return Reading(**{**usual, **given})


def test_settings_begin_as_they_always_were_and_refuse_what_makes_no_sense():
    with ActorSystem(b.BEHAVIOURS, workers=1, actors=64) as system:
        assert system.settings.as_dict() == DEFAULTS
        assert repr(system.settings) == "Settings(batch=100, steal_most=16, spins=200)"
        for name, wrong in (("batch", 0), ("batch", 4097), ("steal_most", 257), ("spins", 7)):
            with pytest.raises(ValueError, match=rf"{name} must be \d+ to \d+, got {wrong}"):
                setattr(system.settings, name, wrong)
        assert system.settings.as_dict() == DEFAULTS


@pytest.mark.parametrize("batch", [1, 7, 4096])
def test_a_batch_has_as_many_messages_as_is_set_while_running(batch):
    with ActorSystem(b.BEHAVIOURS, workers=1, actors=64) as system:
        system.settings.batch = batch
        to, by = system.spawn(b.actor), system.spawn(b.actor)
        by.tell(b.FLOOD, to.value, MANY)
        system.await_rest(30)
        assert list(system.state(to)[:3]) == [MANY, 0, MANY]
        counted = system.counters()
        assert counted["processed"] <= batch * counted["runs"]
        if batch == 1:
            assert counted["runs"] >= MANY


@pytest.mark.parametrize(
    ("given", "setting", "after"),
    [
        ({}, None, None),
        ({"processed": 10, "attempts": 9000}, None, None),
        # 100 messages a run: of 2 ms, of 20 us, of 150 us.
        ({"runs": 1000}, "batch", 50),
        ({"processed": 10_000_000, "runs": 100_000}, "batch", 200),
        ({"processed": 1_333_300, "runs": 13_333}, None, None),
        ({"attempts": 9000, "steals": 3000}, "steal_most", 8),
        ({"attempts": 9000, "steals": 9000}, "steal_most", 32),
        ({"attempts": 100, "steals": 3}, None, None),
        ({"parks": 2000}, "spins", 400),
    ],
)
def test_the_rules_change_one_setting(given, setting, after):
    decision = decide(reading(**given), DEFAULTS, target_us=200)
    assert (decision and decision.setting, decision and decision.after) == (setting, after)


def test_spins_go_back_to_the_default_while_nobody_sleeps():
    spins = 1000
    while decision := decide(reading(parks=0), {**DEFAULTS, "spins": spins}, 200):
        assert decision.setting == "spins"
        assert shared_words.SPINS <= decision.after < spins
        spins = decision.after
    assert spins == shared_words.SPINS


@pytest.mark.parametrize(
    ("given", "setting", "value"),
    [
        ({"processed": 100_000, "runs": 100_000, "seconds": 1000.0}, "batch", 1),
        ({"processed": 10**9, "runs": 100_000}, "batch", 4096),
        ({"attempts": 9000, "steals": 9000}, "steal_most", 256),
        ({"attempts": 9000, "steals": 3000}, "steal_most", 1),
        ({"parks": 10**6}, "spins", 100_000),
    ],
)
def test_no_rule_leaves_the_range_of_a_setting(given, setting, value):
    assert decide(reading(**given), {**DEFAULTS, setting: value}, target_us=200) is None


def test_a_change_that_made_it_slower_is_taken_back_and_not_tried_at_once():
    tuner = Tuner()
    slow = reading(parks=2000)
    changed = tuner.step(slow, DEFAULTS)
    assert (changed.setting, changed.before, changed.after) == ("spins", 200, 400)
    slower = reading(parks=2000, processed=50_000)
    back = tuner.step(slower, {**DEFAULTS, "spins": 400})
    assert (back.setting, back.before, back.after) == ("spins", 400, 200)
    assert "fell from 1e+05 to 5e+04" in back.why
    waits = sum(tuner.step(slow, DEFAULTS) is None for _ in range(RESTS - 1))
    assert waits == RESTS - 1
    assert tuner.step(slow, DEFAULTS).setting == "spins"


def test_a_reading_is_what_happened_between_two_looks():
    before = {"processed": 5, "runs": 1, "steal_attempts": 0, "steals": 0, "parks": 2}
    after = {"processed": 105, "runs": 11, "steal_attempts": 4, "steals": 3, "parks": 2}
    found = read(before, after, 0.5, 2)
    assert found == Reading(0.5, 2, 100, 10, 4, 3, 0)
    assert found.rate == 200
    assert found.run_us == 100_000


def test_a_tuner_tunes_a_running_system_within_the_ranges_and_keeps_its_log():
    tuner = Tuner(interval=0.001)
    with ActorSystem(b.BEHAVIOURS, workers=2, actors=64, tuner=tuner) as system:
        assert system.tuner is tuner
        to, by = system.spawn(b.actor), system.spawn(b.actor)
        for round_ in range(10):
            by.tell(b.FLOOD, to.value, MANY)
            system.wait(round_ + 1, 60)
        system.await_rest(60)
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]
        for decision in tuner.history:
            assert decision.after != decision.before
            assert decision.why
    with pytest.raises(ValueError, match="belongs to one system"):
        ActorSystem(b.BEHAVIOURS, workers=1, actors=64, tuner=tuner)


@pytest.mark.parametrize(
    ("before", "ticks", "used_up", "after"),
    [
        (100, 50, True, 100),  # at the target
        (100, 24, True, 126),  # below half
        (100, 24, False, 100),  # ... but it ended because no message was left
        (100, 100, True, 50),
        (100, 75, True, 66),
        (100, 10_000, True, 50),  # at most by half
        (1, 10_000, True, 1),
        (4096, 1, True, 4096),
    ],
)
def test_a_batch_beyond_its_target_shrinks_and_one_below_half_grows(before, ticks, used_up, after):
    assert batching.resized(before, ticks, 50, used_up) == after


@pytest.mark.parametrize("target_us", [1, 1_000_000])
def test_batches_go_the_way_of_their_target(target_us):
    with ActorSystem(
        b.BEHAVIOURS, workers=1, actors=64, batching=Batching(target_us=target_us)
    ) as system:
        # To itself: another actor's mailbox would be read in between, in small batches.
        floods = system.spawn(b.actor)
        floods.tell(b.FLOOD, floods.value, MANY)
        system.await_rest(30)
        assert list(system.state(floods)[:3]) == [MANY, 0, MANY]
        size = system.tables.worker.reshape(-1, worker_row.WORDS)[0, worker_row.BATCH_SIZE]
        assert size > shared_words.BATCH if target_us > 1 else 1 <= size <= 4096


@pytest.mark.parametrize("supervised", [False, True])
def test_the_hook_after_a_batch_sees_every_message_once(supervised):
    props = Props(s.flushed, after_batch=s.flush)
    with ActorSystem([props, b.actor], workers=2, actors=64, supervised=supervised) as system:
        ref, plain = system.spawn(props), system.spawn(b.actor)
        ref.tell(b.FLOOD, MANY)
        plain.tell(b.COUNT)
        system.await_rest(30)
        since, handled, batches, largest, total = system.state(ref)[:5]
        assert (since, handled, total) == (0, MANY + 1, MANY + 1)
        assert largest <= shared_words.BATCH
        assert batches >= handled / shared_words.BATCH
        assert system.state(plain)[0] == 1
        assert system.counters()["dead_letters"] == 0


@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize("wish", ["stop", "raise", "reply", "send", "stop in the behaviour"])
def test_the_hook_after_a_batch_can(supervised, wish):
    props = Props(s.flushed, after_batch=s.flush)
    with ActorSystem([props, b.actor], workers=2, actors=64, supervised=supervised) as system:
        first = system.spawn(b.actor)  # the reference that a reply to nobody must not reach
        ref = system.spawn(props)
        state = system.state(ref)
        number = {"stop": 1, "raise": 2, "reply": 3, "send": 4}.get(wish, 0)
        state[5] = number
        ref.tell(b.STOP if number == 0 else b.COUNT)
        system.await_rest(30)
        counted = system.counters()
        assert system.is_alive(ref) == (wish in ("reply", "send"))
        assert counted["failures"] == (wish == "raise")
        assert counted["dead_letters"] == (wish == "reply")
        assert system.state(first)[0] == 0
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]
        if wish == "send":
            assert list(state[1:3]) == [2, 2]
