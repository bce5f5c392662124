"""Blocks and names used by behaviours, in every form of dispatch; calls that are refused."""

import numpy as np
import pytest
from zbench.core import (
    DATA,
    SENDER,
    ActorSystem,
    BehaviourError,
    BlockPool,
    Context,
    Directory,
    MissingTablesError,
    Words,
    behaviour,
)
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.directory.hash_table import BUSY

pytestmark = pytest.mark.compiles

PAYLOAD = 1  # data: a block of numbers to be summed and freed
USE_AFTER_FREE = 2
FREE_TWICE = 3
ASK = 4
ANSWER = 5
GREETED = Directory.key("greeted")
NOBODY = Directory.key("nobody")
BLOCKS = 40
HALF = np.float32(0.5)


@behaviour
def producer(ctx: Context, state: Words, message: Words) -> None:
    """Send blocks of numbers to an actor. state: its ref, failed allocations."""
    for k in range(message[DATA]):
        ref = ctx.allocate(message[DATA + 1])
        if ref < 0:
            state[1] += 1
        else:
            words = ctx.words(ref)
            for w in range(len(words)):
                words[w] = k
            ctx.send(state[0], PAYLOAD, ref)


@behaviour
def consumer(ctx: Context, state: Words, message: Words) -> None:
    """Sum and free the received block. state: sum, words seen, frees refused."""
    ref = message[DATA]
    words = ctx.words(ref)
    state[1] += len(words)
    for w in range(len(words)):
        state[0] += words[w]
    state[2] += not ctx.free(ref)
    if message[0] & 0xFFFF == FREE_TWICE:
        state[2] += not ctx.free(ref)
    if message[0] & 0xFFFF == USE_AFTER_FREE:
        state[3] = ctx.words(ref)[0]


@behaviour
def finder(ctx: Context, state: Words, message: Words) -> None:
    """Greet the actor of a name. state: its ref, result for an unregistered name."""
    state[0] = ctx.lookup(GREETED)
    state[1] = ctx.lookup(NOBODY)
    if state[0] >= 0:
        ctx.send(state[0], ASK)


@behaviour
def greeted(ctx: Context, state: Words, message: Words) -> None:
    """Count greetings. state: greetings, last sender."""
    state[0] += 1
    state[1] = message[SENDER]


@pytest.fixture(params=["specialised", "table"])
def form(request):
    return request.param


def pool(**options):
    return BlockPool(2, {64: 1000, 256: 1000}, **options)


def system(form, blocks, **options):
    behaviours = [producer, consumer]
    return ActorSystem(behaviours, workers=2, dispatch=form, blocks=blocks, **options)


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize(("size", "words"), [(1, 8), (64, 8), (200, 32)])
def test_blocks_pass_between_actors_and_all_come_back(form, checked, size, words):
    blocks = pool(checked=checked)
    with system(form, blocks, checked=checked) as actors:
        to = actors.spawn(consumer)
        for ref in actors.spawn_many(producer, 10, to.value):
            actors.tell(ref, 1, BLOCKS, size)
        actors.await_rest()
        state = actors.state(to)
        assert int(state[1]) == 10 * BLOCKS * words
        assert int(state[0]) == 10 * sum(range(BLOCKS)) * words
        assert int(state[2]) == 0
        assert actors.faults() == []
    assert blocks.leaks() == []


def test_python_puts_a_payload_into_a_block_and_a_behaviour_frees_it(form):
    blocks = pool()
    with system(form, blocks) as actors:
        ref = blocks.allocate(24)
        blocks.view(ref, "i8")[:] = 1, 2, 3
        to = actors.spawn(consumer)
        to.tell(PAYLOAD, ref)
        actors.await_rest()
        assert int(actors.state(to)[0]) == 6
    assert blocks.leaks() == []


def test_in_checked_mode_the_use_of_a_freed_block_is_a_fault_of_the_actor(form):
    blocks = pool(checked=True)
    with system(form, blocks) as actors:
        guilty, innocent = actors.spawn(consumer), actors.spawn(consumer)
        guilty.tell(USE_AFTER_FREE, blocks.allocate(8))
        actors.await_rest()
        innocent.tell(PAYLOAD, blocks.allocate(8))
        actors.await_rest()
        (fault,) = actors.faults()
        assert (fault.actor, fault.kind) == (guilty.value, "ValueError")
        assert fault.message == "use of a message block that was freed or never allocated"
        assert not actors.is_alive(guilty)
        assert actors.is_alive(innocent)
    assert blocks.leaks() == []


@pytest.mark.parametrize("checked", [False, True])
def test_a_second_free_is_refused_and_counted(form, checked):
    blocks = pool(checked=checked)
    with system(form, blocks) as actors:
        to = actors.spawn(consumer)
        to.tell(FREE_TWICE, blocks.allocate(8))
        actors.await_rest()
        assert int(actors.state(to)[2]) == 1
    assert sum(of_class.refused for of_class in blocks.statistics()) == 1
    assert blocks.leaks() == []


def test_a_behaviour_is_told_that_no_block_is_free_or_large_enough(form):
    blocks = BlockPool(2, {64: 1})
    with system(form, blocks) as actors:
        ref = actors.spawn(producer, -1 & 0x7FFFFFFF)
        ref.tell(1, 3, 65)
        actors.await_rest()
        assert int(actors.state(ref)[1]) == 3
    assert sum(of_class.failures for of_class in blocks.statistics()) == 3


def test_a_leak_names_the_block_that_a_dead_letter_took_along(form):
    blocks = pool()
    with system(form, blocks) as actors:
        gone = actors.spawn(consumer)
        actors.poison(gone)
        actors.await_rest()
        actors.spawn(producer, gone.value).tell(1, 1, 100)
        actors.await_rest()
    assert [(leak.size, leak.size_class) for leak in blocks.leaks()] == [(100, 256)]


def test_a_behaviour_looks_a_name_up(form):
    names = Directory(10, workers=2)
    with ActorSystem([finder, greeted], workers=2, dispatch=form, directory=names) as actors:
        asks, first, second = (actors.spawn(b) for b in (finder, greeted, greeted))
        asks.tell(1)
        actors.await_rest()
        assert actors.state(asks)[:2].tolist() == [-1, -1]
        for target in (first, second):
            names.register("greeted", target.value, replace=True)
            asks.tell(1)
            actors.await_rest()
            assert actors.state(asks)[:2].tolist() == [target.value, -1]
            assert actors.state(target)[:2].tolist() == [1, asks.value]
    assert BUSY < 0


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
@pytest.mark.parametrize(
    ("behaviours", "call"),
    [([producer], "allocate"), ([consumer], "(words|free)"), ([finder], "lookup")],
)
def test_a_system_without_the_tables_is_not_built(form, behaviours, call):
    option = "directory=Directory" if call == "lookup" else "blocks=BlockPool"
    with pytest.raises(MissingTablesError, match=rf"^ctx\.{call} needs ActorSystem\(..., {option}"):
        ActorSystem(behaviours, workers=1, dispatch=form)


@pytest.mark.skipif(not INTERPRETED, reason="compiled, the system is not built at all")
def test_uncompiled_the_lack_of_tables_is_a_fault():
    with ActorSystem([producer], workers=1) as actors:
        actors.spawn(producer).tell(1, 1, 8)
        actors.await_rest()
        (fault,) = actors.faults()
    assert fault.kind == "MissingTablesError"
    assert "ctx.allocate needs ActorSystem(..., blocks=BlockPool(...))" in fault.message


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"blocks": BlockPool(1, {64: 1})}, "block pool"),
        ({"directory": Directory(1, workers=1)}, "directory"),
    ],
)
def test_tables_made_for_fewer_workers_are_refused(options, what):
    with pytest.raises(ValueError, match=f"the {what} is made for 1 workers, the system has 2"):
        ActorSystem([greeted], workers=2, **options)


@behaviour
def hasty(ctx: Context, state: Words, message: Words) -> None:
    ctx.after(0.05, 1)


@behaviour
def precise(ctx: Context, state: Words, message: Words) -> None:
    ctx.after(HALF, 1)


@behaviour
def steady(ctx: Context, state: Words, message: Words) -> None:
    ctx.every(period_ns=message[DATA] / 2, kind=1)


@behaviour
def curious(ctx: Context, state: Words, message: Words) -> None:
    ctx.ask(ctx.self_ref(), 1, timeout_ns=1e9)


@behaviour
def very_curious(ctx: Context, state: Words, message: Words) -> None:
    ctx.ask(ctx.self_ref(), 1, 0, 0, 0, 0.5)


@pytest.mark.parametrize(
    ("impatient", "call"),
    [
        (hasty, "ctx.after takes whole nanoseconds for delay_ns"),
        (precise, "ctx.after takes whole nanoseconds for delay_ns"),
        (steady, "ctx.every takes whole nanoseconds for period_ns"),
        (curious, "ctx.ask takes whole nanoseconds for timeout_ns"),
        (very_curious, "ctx.ask takes whole nanoseconds for timeout_ns"),
    ],
)
def test_a_time_with_a_fraction_is_refused_with_its_line(impatient, call):
    options = {"workers": 1, "timers": 9, "questions": 9}
    if INTERPRETED:
        with ActorSystem([impatient], **options) as actors:
            actors.spawn(impatient).tell(1)
            actors.await_rest()
            (fault,) = actors.faults()
        assert (fault.kind, call in fault.message) == ("TypeError", True)
        return
    with pytest.raises(BehaviourError) as refused:
        ActorSystem([impatient], **options)
    line = impatient.py_func.__code__.co_firstlineno + 2
    assert call in str(refused.value)
    assert f"test_checks.py:{line}" in str(refused.value)
