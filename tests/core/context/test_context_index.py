"""A behaviour's index is checked where it is given: in ``become`` and in ``spawn``."""

import pytest

from tests.core.behaviours import obedient as o

pytestmark = pytest.mark.compiles

WRONG = [-1, 2, 3, 63, 64, 65, 1 << 20, 1 << 40, 2**63 - 1, -(2**63)]


@pytest.fixture(params=o.FORMS)
def system(request):
    made, _ = o.system_of(2, request.param)
    with made:
        yield made


@pytest.mark.parametrize("operation", [o.BECOME, o.SPAWN])
def test_an_index_of_no_behaviour_is_a_fault_of_the_actor(system, operation):
    for count, index in enumerate(WRONG, 1):
        by = system.spawn("obedient").value
        assert o.obey(system, by, operation, index) == -1
        counted = system.counters()
        assert counted["failures"] == count
        fault = system.faults()[-1]
        assert (fault.actor, fault.kind) == (by, "IndexError")
        assert str(fault) == f"IndexError: no behaviour has the index {index}, only 0 to 1"
        # A guardian that resumes lets it go on as it was; else a fault ends it.
        assert system.is_alive(by) == system.supervised
        assert system.tree().live == (count if system.supervised else 0)
        if system.supervised:
            assert o.obey(system, by, o.SPAWN, o.DEAF) > 0
            system.poison(by)
            system.await_rest(20)
            by = system.spawn("deaf").value
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def test_every_index_of_a_behaviour_is_right(system):
    by = system.spawn("obedient").value
    assert o.obey(system, by, o.SPAWN, o.OBEDIENT) > 0
    assert o.obey(system, by, o.SPAWN, o.DEAF) > 0
    o.obey(system, by, o.BECOME, o.OBEDIENT)
    o.obey(system, by, o.BECOME, o.DEAF)
    done = system.state(by)[o.DONE]
    system.tell(by, o.OBEY)
    system.await_rest(20)
    assert system.state(by)[o.DONE] == done + 1
    assert system.faults() == []
