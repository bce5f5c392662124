"""The post-stop hook runs when all children have ended, and can make no more of them."""

import pytest

from tests.core.behaviours import obedient as o

pytestmark = pytest.mark.compiles


@pytest.fixture
def system():
    made, _ = o.system_of(1, "supervised, specialised")
    with made:
        yield made


@pytest.mark.parametrize("how", ["poison", "kill", "with its parent", "by itself"])
def test_a_child_spawned_in_the_last_hook_is_refused(system, how):
    top = system.spawn("obedient").value
    parent = o.obey(system, top, o.SPAWN, o.OBEDIENT) if how == "with its parent" else top
    o.obey(system, parent, o.CHILD_AT_END)
    if how == "kill":
        system.kill(top)
    elif how == "by itself":
        o.obey(system, top, o.STOP_CHILD, top)
    else:
        system.poison(top)
    system.await_rest(20)
    assert system.state(parent)[o.CHILD] == -1
    assert system.tree().live == 0
    # The slot's next tenant has no children that it did not spawn.
    again = [system.spawn("obedient").value for _ in range(o.ROOM)]
    assert system.tree().live == o.ROOM
    system.poison(*again)
    system.await_rest(20)
    assert system.tree().live == 0
    system.terminate()


def test_terminate_leaves_no_child_of_a_last_hook(system):
    parent = system.spawn("obedient").value
    o.obey(system, parent, o.CHILD_AT_END)
    system.terminate()
    assert system.state(parent)[o.CHILD] == -1
    assert system.tree().live == 0
