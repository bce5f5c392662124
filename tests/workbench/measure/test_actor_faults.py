import time
from pathlib import Path

import pytest
from zbench.measure.jobs import Job, run_job

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
    started = time.monotonic()
    found = run_job(Job("faulty", f"file:{FAULTY}", {"how": how}, min_time=0.001), 110.0)
    assert RAISED in found.failure
    assert line in found.failure
    assert found.raised
    assert not found.timed_out
    assert time.monotonic() - started < 110.0


def test_code_that_does_not_compile_is_told_with_its_own_line():
    job = Job("faulty", f"file:{FAULTY}", {"how": "misspelt"}, min_time=0.001)
    found = run_job(job, 110.0)
    assert "TypingError: Unknown attribute 'finnish'" in found.failure
    assert f"at {line_of('ctx.finnish()')}" in found.failure
    log = Path(found.failure.rpartition("all it said is in ")[2])
    assert "nopython_type_inference" in log.read_text()
