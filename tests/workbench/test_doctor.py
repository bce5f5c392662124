import pytest
from zbench import doctor
from zbench.doctor import Machine


@pytest.fixture
def machine(tmp_path):
    def made(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Machine(tmp_path / "proc", tmp_path / "sys")

    return made


def test_nothing_readable_is_unknown_not_an_error(machine):
    states = {f.name: f.state for f in doctor.examine(machine())}
    assert states["governor"] == states["turbo"] == states["steal time"] == "unknown"


def test_a_powersave_governor_is_a_warning_with_a_remedy(machine):
    path = "sys__devices__system__cpu__cpu0__cpufreq__scaling_governor"
    found = doctor.governor(machine(**{path: "powersave\n"}))
    assert (found.state, found.found) == ("warn", "powersave")
    assert "performance" in found.remedy
    assert doctor.governor(machine(**{path: "performance"})).state == "ok"


def test_a_quota_of_processor_time_is_a_warning(machine):
    assert doctor.limits(machine(sys__fs__cgroup__cpu="x")).state == "unknown"
    path = "sys__fs__cgroup__cpu.max"
    assert doctor.limits(machine(**{path: "150000 100000"})).found == "1.50 processors"
    assert doctor.limits(machine(**{path: "max 100000"})).state == "ok"


def test_turbo_and_a_hypervisor_are_seen(machine):
    found = machine(
        sys__devices__system__cpu__intel_pstate__no_turbo="0", proc__cpuinfo="flags: hypervisor"
    )
    assert doctor.turbo(found).state == "warn"
    assert doctor.virtualisation(found).state == "warn"


def test_every_warning_says_its_effect_and_what_to_do():
    for finding in doctor.examine():
        assert finding.state != "warn" or (finding.effect and finding.remedy)
