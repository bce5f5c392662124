"""A number that was not given out is nobody; a reference is out of date for ever."""

import pytest
from zbench.core.actors.refs import (
    BEYOND,
    LAST_LIFE,
    ONE_LIFE,
    SLOT_MASK,
    VACANT,
    end_life,
    generation_of_ref,
    ref_of,
)
from zbench.core.actors.stages import COMMAND_BITS
from zbench.core.memory.layout import actor_row, aside_row, family_row, watch_row
from zbench.core.memory.layout.lines import LINE, PAIR
from zbench.core.queues import treiber

from tests.core.behaviours import obedient as o

pytestmark = pytest.mark.compiles

NUMBERS = [0, 1, 77, -1, -2, -3, -16, -17, BEYOND, BEYOND + 3, ONE_LIFE - 1, 1 << 31, 77 | 1 << 32]
NUMBERS += [1 << 62, -(1 << 62), 2**63 - 1, -(2**63)]


@pytest.fixture(params=o.FORMS)
def system(request):
    made, _ = o.system_of(1, request.param)
    with made:
        yield made


def use(system, by, ref):
    """Send to a reference, watch it and stop it, from an actor and from Python."""
    for operation in (o.SEND, o.SEND_SYSTEM, o.WATCH, o.POISON, o.STOP_CHILD):
        o.obey(system, by, operation, ref)
    system.tell(ref, o.TOLD)
    system.tell_system(ref, o.TOLD)
    system.poison(ref)
    if system.supervised:
        assert system.kill(ref) == 0
    system.await_rest(20)


def nobody(system, by, ref):
    """Use a reference of nobody: dead letters, and an answer to the watch."""
    assert not system.is_alive(ref)
    before = system.counters()
    use(system, by, ref)
    after = system.counters()
    assert after["dead_letters"] - before["dead_letters"] == 6
    assert after["sent"] == after["processed"] + after["dead_letters"]
    assert after["stopped"] == before["stopped"]
    assert after["failures"] == 0


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_was_not_given_out_is_nobody(system, number):
    by = system.spawn("obedient").value
    nobody(system, by, number)
    assert o.obey(system, by, o.SPAWN, o.DEAF) > 0


def test_the_first_reference_of_a_slot_is_nobody_before_its_actor_is(system):
    by = system.spawn("obedient").value
    nobody(system, by, by + 1)
    # Nothing of this is left for the actor that gets the reference then.
    to = system.spawn("obedient").value
    assert to == by + 1
    assert o.obey(system, to, o.SPAWN, o.DEAF) > 0
    assert system.is_alive(to)


def test_the_next_reference_of_a_slot_is_nobody_before_its_actor_is(system):
    by = system.spawn("obedient").value
    old = o.obey(system, by, o.SPAWN, o.OBEDIENT)
    o.obey(system, by, o.POISON, old)
    for _ in range(3):
        nobody(system, by, old)
        nobody(system, by, old + ONE_LIFE)
        old = o.obey(system, by, o.SPAWN, o.OBEDIENT)
        assert generation_of_ref(old) > 1
        assert o.obey(system, old, o.LOOKUP, 1) == -1
        assert system.state(old)[o.DONE] == 1
        assert system.state(old)[o.STRAY] == 0
        o.obey(system, by, o.POISON, old)
        assert not system.is_alive(old)


def skip_lives(system, slot, generation):
    """Make a generation the next one of an unused slot."""
    t = system.tables
    t.actor[slot * LINE + actor_row.REF] = ref_of(generation, slot) ^ VACANT
    head = treiber.empty_head(generation - 1)
    t.system_stack[slot * PAIR + aside_row.SYSTEM_STACK] = head
    t.watched[slot * LINE + watch_row.WATCHERS] = head
    if system.supervised:
        control = slot * family_row.WORDS + family_row.CONTROL
        t.family[control] = (generation - 1) << COMMAND_BITS


@pytest.mark.parametrize("stop", [o.POISON, o.STOP_CHILD])
def test_a_slot_is_retired_with_the_last_of_its_lives(system, stop):
    if stop == o.STOP_CHILD and not system.supervised:
        stop = o.POISON
    by = system.spawn("obedient").value
    first = o.obey(system, by, o.SPAWN, o.OBEDIENT)
    o.obey(system, by, o.POISON, first)
    skip_lives(system, first & SLOT_MASK, LAST_LIFE)
    last = o.obey(system, by, o.SPAWN, o.OBEDIENT)
    assert last == ref_of(LAST_LIFE, first & SLOT_MASK)
    assert o.obey(system, by, o.WATCH, last) > 0
    system.tell_system(last, o.OBEY, o.LOOKUP, 1, 0, o.KEY)
    system.await_rest(20)
    assert system.state(last)[o.DONE] == 1
    o.obey(system, by, stop, last)
    assert not system.is_alive(last)
    assert system.tables.actor[(last & SLOT_MASK) * LINE + actor_row.REF] == end_life(last)
    made = [o.obey(system, by, o.SPAWN, o.DEAF) for _ in range(o.ROOM)]
    assert min(made) > 0
    assert last & SLOT_MASK not in {ref & SLOT_MASK for ref in made}
    for number in (first, last, end_life(last)):
        nobody(system, by, number)


def test_the_guardian_is_nobody_to_its_children(system):
    if not system.supervised:
        pytest.skip("there is no guardian")
    by = system.spawn("obedient").value
    nobody(system, by, ONE_LIFE)
    assert system.is_alive(by)


def test_no_reference_is_the_guardians_before_or_after_its_end(system):
    if not system.supervised:
        pytest.skip("there is no guardian")
    with pytest.raises(ValueError, match="no state of an actor"):
        system.state(0)
    system.terminate()
    lives = [ONE_LIFE * generation for generation in range(4)]
    assert not any(map(system.is_alive, lives + [word + VACANT for word in lives]))
