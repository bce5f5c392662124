import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from zbench.errors import ScenarioError
from zbench.measure import actor_faults
from zbench.measure.jobs import Job, run_job

# pytest-timeout's own method is the alarm that the watch uses.
pytestmark = pytest.mark.timeout(300, method="thread")

FAULTY = Path(__file__).with_name("faulty.py")


def line_of(text):
    """The place of a line of faulty.py."""
    lines = FAULTY.read_text().splitlines()
    (number,) = [k for k, line in enumerate(lines, 1) if text in line]
    return f"{FAULTY}:{number}"


RAISED = "behaviour divider failed: ValueError: too small in divider, " + line_of(
    'raise ValueError("too small")'
)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("waits", "nothing can end the run any more"),
        ("gives up", "then TimeoutError: not finished after 0.5 s"),
        ("core run", "ActorFaultError"),
    ],
)
def test_a_behaviour_that_raises_ends_the_run_with_its_fault(how, line):
    found = run_job(Job("faulty", f"file:{FAULTY}", {"how": how}, min_time=0.001), 110.0)
    assert RAISED in found.failure
    assert line in found.failure
    assert found.raised
    assert not found.timed_out


def test_code_that_does_not_compile_is_told_with_its_own_line():
    job = Job("faulty", f"file:{FAULTY}", {"how": "misspelt"}, min_time=0.001)
    found = run_job(job, 110.0)
    assert "BehaviourError: behaviour misspelt cannot be compiled" in found.failure
    assert f"({line_of('ctx.finnish()')})" in found.failure
    log = Path(found.failure.rpartition("all it said is in ")[2])
    assert "numba says:" in log.read_text()


def system(faults=("too small",), supervised=False, timers=False, at_rest=True):
    """What the watch sees of an actor system."""
    return SimpleNamespace(
        faults=lambda: [SimpleNamespace(behaviour=0, __str__=None) for _ in faults],
        supervised=supervised,
        tables=SimpleNamespace(has_timers=(0,) * timers),
        at_rest=lambda: at_rest,
        behaviours=SimpleNamespace(all=("divider",)),
    )


@pytest.fixture
def watch(monkeypatch):
    """Wait in a watched run until the watch ends it, or a second has passed."""
    monkeypatch.setattr(actor_faults, "FIRST_LOOK_S", 0.05)
    monkeypatch.setattr(actor_faults, "NEXT_LOOKS_S", 0.05)

    def watched(*found, seconds_left=100.0):
        monkeypatch.setattr(actor_faults, "systems", lambda: list(found))
        with actor_faults.watched(time.monotonic() + seconds_left):
            time.sleep(1.0)

    return watched


def test_a_system_at_rest_after_a_fault_ends_the_run(watch):
    with pytest.raises(ScenarioError, match=r"divider failed: .*nothing can end the run"):
        watch(system(faults=()), system())


@pytest.mark.parametrize(
    "found",
    [
        system(faults=()),
        system(supervised=True),
        system(timers=True),
        system(at_rest=False),
    ],
)
def test_a_system_that_may_go_on_is_left_alone(watch, found):
    watch(found)
    watch()


@pytest.mark.parametrize("found", [system(supervised=True), system(timers=True)])
def test_a_run_with_a_fault_is_given_up_before_its_time_is_up(watch, found):
    with pytest.raises(ScenarioError, match="did not end before its time was up"):
        watch(found, seconds_left=0.3)


def test_without_a_fault_only_the_limit_of_time_ends_a_run(watch):
    watch(system(faults=()), seconds_left=-1.0)


def test_a_scenario_that_uses_the_alarm_itself_keeps_it(watch):
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        watch(system())
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, before)
