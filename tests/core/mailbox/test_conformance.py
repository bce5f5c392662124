"""A registered mailbox type in a system, compiled with the rest."""

import dataclasses
from types import SimpleNamespace

import pytest
from zbench.core import ActorSystem, Mailbox, Props, behaviour, register_mailbox
from zbench.core.compile import frozen
from zbench.core.compile.kept_code import extensions
from zbench.core.mailbox import registry

from tests.core.behaviours import common as b
from tests.core.behaviours.own_mailbox import LOCKED, let_go, take_lock

pytestmark = pytest.mark.compiles


@pytest.fixture
def registered():
    """The type under its own name, registered while the test runs."""
    register_mailbox(LOCKED)
    yield
    registry.REGISTERED.remove(LOCKED)


@behaviour
def another_size(w, place, capacity):
    take_lock(w, place)
    waiting = w[place + 1] - w[place + 2]
    let_go(w, place)
    return waiting


@pytest.mark.usefixtures("registered")
def test_a_registered_type_serves_actors_by_its_name():
    asked = Mailbox("locked", capacity=100)
    assert asked.cells == 128
    props = [Props(b.actor, mailbox=asked), Props(b.actor, mailbox="standard")]
    with ActorSystem(props, workers=2, actors=64) as system:
        refs = [system.spawn(p) for p in props]
        for ref in refs:
            refs[0].tell(b.FLOOD, ref.value, 100)
            system.await_rest()
        assert [list(system.state(ref)[:3]) for ref in refs] == [[100, 0, 100]] * 2
        refs[1].tell(b.FLOOD, refs[0].value, 1000)
        system.await_rest()
        figures = system.mailbox(refs[0])
        assert figures.dropped == system.counters()["dropped"]
        assert figures.received == int(system.state(refs[0])[0]) + 2
        refs[0].tell(b.STOP_THEN, 3, b.COUNT)
        system.await_rest()
        counted = system.counters()
        assert counted["dead_letters"] == counted["dropped"] + 3
        assert len(system.tables.has_bounded) == 2


@pytest.mark.usefixtures("registered")
def test_machine_code_depends_on_the_kernels_of_registered_types():
    def digest_of(*has_bounded):
        """Digest of the users' kernels in machine code for tables with this option."""
        return frozen.digest(*extensions((SimpleNamespace(kinds={"has_bounded": has_bounded}),)))

    before = digest_of(1, 1)
    registry.REGISTERED.append(dataclasses.replace(LOCKED, name="other", size=another_size))
    try:
        assert digest_of(1, 1) != before
    finally:
        registry.REGISTERED.pop()
    assert digest_of(1, 1) == before
    assert digest_of(1) == digest_of() == frozen.digest()


def test_a_name_no_longer_registered_is_refused():
    with pytest.raises(ValueError, match="got 'locked'"):
        Mailbox("locked")
