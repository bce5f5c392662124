import pytest
from zbench.catalogue import registry
from zbench.errors import ScenarioError, UnknownNameError


def test_every_own_scenario_is_found_once_and_in_the_order_of_its_modules():
    entries = registry.catalogue().values()
    modules = list(dict.fromkeys(entry.source.rpartition(".")[2] for entry in entries))
    assert modules == sorted(modules)
    assert len({entry.scenario.name for entry in entries}) == len(entries) >= 30


def test_the_room_that_scenarios_share_is_not_searched():
    assert not [e.source for e in registry.catalogue().values() if ".support." in e.source]


@pytest.mark.parametrize("name", ["ping-pong", "mailbox", "latency-under-load", "floor-ring"])
def test_a_scenario_is_found_by_its_name_alone(name):
    assert registry.own_scenario(name).name == name


def test_an_unknown_scenario_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="ping-pong"):
        registry.find("pingpong", registry.catalogue())


def test_a_file_without_scenarios_is_refused_with_the_remedy(tmp_path):
    empty = tmp_path / "empty.py"
    empty.write_text("")
    with pytest.raises(ScenarioError, match="add SCENARIOS"):
        registry.catalogue((empty,))
