import pytest
from zbench.checks import doctor
from zbench.checks.doctor import Machine

from tests.workbench.peers.fakes import write_peer


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


def test_limits_of_both_versions_of_control_groups_are_seen_up_to_the_root(tmp_path):
    def machine(name, files):
        for path, text in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Machine(tmp_path / name / "proc", tmp_path / name / "sys")

    old = machine(
        "old",
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/a/b\n3:memory:/a\n1:name=systemd:/",
            "proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8388608 kB",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "50000",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912",
        },
    )
    assert doctor.limits(old).found == "0.50 processors"
    assert doctor.limits(old).state == "bad"
    assert (doctor.memory(old).state, doctor.memory(old).found) == (
        "bad",
        "8.0 GiB available, limit 0.5 GiB",
    )
    new = machine(
        "new",
        {
            "proc/self/cgroup": "0::/user/session",
            "sys/fs/cgroup/user/cpu.max": "25000 100000",
            "sys/fs/cgroup/user/session/cpu.max": "max 100000",
        },
    )
    assert doctor.limits(new).found == "0.25 processors"


def test_a_sibling_processor_and_forced_huge_pages_are_warnings(machine):
    found = machine(
        sys__devices__system__cpu__smt__active="1\n",
        sys__kernel__mm__transparent_hugepage__enabled="[always] madvise never",
    )
    assert doctor.siblings(found).state == "warn"
    assert doctor.huge_pages(found).found == "always"
    calm = machine(sys__kernel__mm__transparent_hugepage__enabled="always [madvise] never")
    assert doctor.huge_pages(calm).state == "ok"


def test_stolen_time_is_taken_between_two_looks(machine, monkeypatch):
    looks = {0.0: "cpu 100 0 0 900 0 0 0 0", 1.0: "cpu 150 0 0 940 0 0 0 10"}
    found = machine(proc__stat=looks[0.0])
    monkeypatch.setattr(doctor.time, "sleep", lambda _: machine(proc__stat=looks[1.0]))
    assert doctor.steal(found).state == "bad"
    assert doctor.steal(found).found.startswith("0.0%")


def test_a_cache_folder_that_cannot_be_made_is_bad(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "file" / "cache"))
    assert doctor.cache(Machine()).state == "bad"
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "new" / "cache"))
    assert doctor.cache(Machine()).state == "ok"


def test_every_warning_says_its_effect_and_what_to_do():
    for finding in doctor.examine():
        assert finding.state not in ("warn", "bad") or (finding.effect and finding.remedy)


def test_a_tool_chain_that_is_missing_is_a_warning_that_names_the_peer(tmp_path, monkeypatch):
    tools = [("lost", ["no-such-tool"], "look for it")]
    write_peer(tmp_path, "gone", tools=tools)
    monkeypatch.setenv("ZBENCH_PEERS_PATH", str(tmp_path))
    found = doctor.tool_chains(Machine())
    assert found.state == "warn"
    assert "gone" in found.effect
    assert "lost is missing: look for it" in found.remedy
