import inspect
import math
from dataclasses import fields

import numpy as np
import pytest
from zbench.core import (
    ActorSystem,
    Batching,
    BlockPool,
    Directory,
    EventBus,
    Mailbox,
    Props,
    Scheduler,
    Supervisor,
    Tuner,
)
from zbench.core.system.options import SystemOptions
from zbench.core.system.sizing import plan_tables

GIVEN = {
    name: parameter.default
    for name, parameter in inspect.signature(ActorSystem).parameters.items()
    if name != "behaviours"
}


def behave(ctx, state, message):
    """Do nothing."""


def other(ctx, state, message):
    """Do nothing."""


def options_of(behaviours=(behave,), **changed):
    return SystemOptions(behaviours=behaviours, **{**GIVEN, "workers": 2, **changed})


def test_the_options_are_the_arguments_of_a_system():
    assert [f.name for f in fields(SystemOptions) if f.init] == ["behaviours", *GIVEN]


def test_behaviours_may_have_names_and_hooks():
    options = options_of({"a": behave, "b": Props(other, pre_start=behave)})
    assert options.names.all == ("a", "b")
    assert [props.receive for props in options.props] == [behave, other]


def test_workers_are_as_many_as_processors_where_none_are_asked_for():
    options = options_of(workers=0)
    assert options.worker_count == len(options.cpus) == len(options.pins)


@pytest.mark.parametrize(
    ("changed", "supervised"),
    [
        ({}, False),
        ({"guardian": Supervisor()}, True),
        ({"behaviours": [Props(behave, post_stop=other)]}, True),
        ({"behaviours": [Props(behave, supervisor=Supervisor())], "supervised": False}, False),
        ({"supervised": True}, True),
    ],
)
def test_a_system_is_supervised_if_anything_needs_it(changed, supervised):
    assert options_of(**changed).is_supervised is supervised


# One wrong option each, in the order of the checks.
WRONG = [
    ({"workers": -1}, "workers must be 0 to 256, got -1"),
    ({"actors": 0}, "actors must be"),
    ({"messages": 0}, "messages must be"),
    ({"mailbox_capacity": 1}, "mailbox_capacity must be"),
    ({"asks": -1}, "asks must be"),
    ({"routers": -1}, "routers must be"),
    ({"routees": 0}, "routees must be"),
    ({"state_words": 0}, "state_words must be"),
    ({"behaviours": []}, "number of behaviours must be"),
    ({"pin": "nowhere"}, "pin must be"),
    ({"scheduler": "none"}, "scheduler must be"),
    ({"timers": -1}, "timers must be"),
    ({"blocks": BlockPool(1)}, "the block pool is made for 1 workers"),
    ({"directory": Directory(10, 1)}, "the directory is made for 1 workers"),
    ({"stash": -1}, "stash must be"),
    ({"system_messages": -1}, "system_messages must be"),
    ({"watches": -1}, "watches must be"),
    # The sum of timers and questions is checked first.
    ({"questions": 1 << 29, "timers": -(1 << 29)}, "questions must be"),
]


async def coroutine(ctx, state, message):
    """Do nothing, later."""


def generator(ctx, state, message):
    """Do nothing, piece by piece."""
    yield


async def stream(ctx, state, message):
    """Do nothing, piece by piece, later."""
    yield


class Behaviour:
    """Not a function."""

    def __call__(self, ctx, state, message):
        """Do nothing."""


NO_FUNCTIONS = [None, 3, "behave", coroutine, generator, stream, Behaviour, Behaviour(), print]
SIZES = [
    "workers", "actors", "messages", "mailbox_capacity", "message_bytes", "state_words", "timers",
    "asks", "routers", "routees", "stash", "system_messages", "watches", "questions",
]  # fmt: skip
NO_SIZES = [1.5, True, None, "1", math.nan, [1], 64.0]
NO_TYPES = {
    "behaviours": [None, 3, behave, [[behave]], [Props], {3: behave}],
    "dispatch": [None, 3, "fast", True],
    "checked": [None, 1, "yes"],
    "supervised": [1, "yes", 0],
    "guardian": [None, "restart", Supervisor, 3],
    "blocks": [True, {64: 10}, BlockPool],
    "directory": [True, {}, Directory],
    "events": [None, 1, "all", EventBus],
    "pin": [None, 1, 2.5, [0.5], [True], ["0"], "tight"],
    "scheduler": [None, 3, Scheduler, "best"],
    "batching": [5, True, 50.0, Batching],
    "tuner": [None, 1, Tuner],
}


@pytest.mark.parametrize("name", [*SIZES, *NO_TYPES])
def test_an_option_of_another_type_is_refused_in_one_line(name):
    for value in NO_TYPES.get(name, NO_SIZES):
        with pytest.raises((TypeError, ValueError)) as raised:
            plan_tables(options_of(**{name: value}))
        (line,) = str(raised.value).splitlines()
        assert len(line) < 250


@pytest.mark.parametrize("name", SIZES)
def test_a_size_may_be_any_integer(name):
    value = np.int16(64)
    assert type(getattr(options_of(**{name: value}), name)) is int


@pytest.mark.parametrize("given", NO_FUNCTIONS)
def test_a_behaviour_is_a_plain_function(given):
    hooks = ("pre_start", "post_stop", "pre_restart", "post_restart", "after_batch")
    made = [lambda: options_of([given]), lambda: options_of({"a": given}), lambda: Props(given)]
    if given is not None:
        made += [lambda hook=hook: Props(behave, **{hook: given}) for hook in hooks]
    for make in made:
        with pytest.raises(TypeError, match=r"must be a (plain )?function"):
            make()


@pytest.mark.parametrize(("changed", "message"), WRONG)
def test_a_wrong_option_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        options_of(**changed)


@pytest.mark.parametrize("k", range(len(WRONG) - 1))
def test_the_first_wrong_option_is_refused(k):
    with pytest.raises(ValueError, match=WRONG[k][1]):
        options_of(**WRONG[k][0], **WRONG[k + 1][0])


def test_what_is_not_asked_for_takes_no_room():
    plan = plan_tables(options_of())
    off = ("timers", "stash_room", "system_room", "watches", "questions", "event_slots")
    assert [plan[name] for name in off] == [0] * len(off)
    assert (plan["bounded"], plan["blocks"], plan["routes"], plan["wide"]) == ((), (), (), False)


def test_caches_of_workers_keep_entries_that_others_cannot_have():
    plan = plan_tables(options_of(stash=1, system_messages=1, watches=1, questions=1, timers=1))
    kept = plan["stash_room"] - 1
    assert kept > 0
    assert {plan[name] - 1 for name in ("system_room", "watches", "questions")} == {kept}
    assert plan["timers"] >= 2 + kept


def test_restarts_put_off_have_timers():
    late = Supervisor(backoff=(1.0, 2.0))
    assert plan_tables(options_of(guardian=late, actors=1000))["timers"] >= 1000
    assert plan_tables(options_of([Props(behave, supervisor=late)], actors=10))["timers"] >= 10


def test_an_event_bus_decides_how_many_events_wait():
    plan = plan_tables(options_of(events=EventBus(slots=100, sample_messages=7)))
    assert (plan["event_slots"], plan["event_sample"]) == (128, 7)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"message_bytes": 96}, "message_bytes must be 64 or 128"),
        (
            {"message_bytes": 128, "behaviours": [Props(behave, mailbox="standard")]},
            "needs mailboxes of linked rings",
        ),
        (
            {"behaviours": [Props(behave, mailbox=Mailbox("standard", capacity=1 << 16))],
             "actors": 1 << 24},
            "mailboxes of .* actors take .* bytes, the machine has",
        ),
    ],
)  # fmt: skip
def test_mailboxes_limit_the_size_of_messages_and_take_memory(changed, message):
    with pytest.raises(ValueError, match=message):
        plan_tables(options_of(**changed))


def test_timers_below_0_are_refused_beside_questions_too():
    with pytest.raises(ValueError, match="timers must be"):
        options_of(timers=-1, questions=10)


@pytest.mark.parametrize(("pin", "pinned"), [("auto", True), (True, True), (False, False)])
def test_workers_of_the_numa_scheduler_are_pinned_by_default(pin, pinned):
    options = options_of(workers=1, scheduler="numa", pin=pin)
    assert (options.pins != [None]) is pinned
