import os
import subprocess
import sys

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


def test_the_module_of_a_users_file_has_the_same_name_in_every_process(tmp_path):
    """Machine code is kept under that name; files of one name in two folders differ."""
    names = []
    for seed, folder in (("1", "a"), ("2", "a"), ("1", "b")):
        path = tmp_path / folder / "my-file.v2.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("SCENARIOS = ()")
        source = f"from zbench.catalogue import registry as r; print(r.load_source('file:{path}'))"
        done = subprocess.run(
            [sys.executable, "-c", source],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        names.append(done.stdout.split("'")[1])
    assert names[0] == names[1]
    assert names[0] != names[2]
    assert all(name.isidentifier() for name in names)
