import math
from pathlib import Path

import pytest
from zbench.measure import jobs
from zbench.measure.jobs import Job, run_job

ODD = Path(__file__).with_name("odd.py")
SOURCE = f"file:{ODD}"


def line_of(text):
    """The place of a line of odd.py."""
    lines = ODD.read_text().splitlines()
    (number,) = [k for k, line in enumerate(lines, 1) if text in line]
    return f"{ODD}:{number}"


@pytest.fixture
def outcome(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))

    def of(how, timeout=60.0, scenario="odd", **more):
        job = Job(scenario, SOURCE, {"how": how}, min_time=0.001, **more)
        return run_job(job, timeout)

    return of


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("tuple", "run of odd must return a Sample, got (1000, 10) of type tuple"),
        ("None", "must return a Sample, got None"),
        ("number", "must return a Sample, got 5 of type int"),
        ("class", "must return a Sample, got"),
        ("nan", "elapsed_ns of a Sample must be a number of nanoseconds, at least 1, got nan"),
        ("text", "elapsed_ns of a Sample must be a number of nanoseconds, at least 1, got '1000'"),
        ("no time", "at least 1, got 0"),
        ("unchecked", "at least 1, got 0"),
        ("negative", "messages of a Sample must be a whole number from 1 to 2**63 - 1, got -1"),
        ("none handled", "got 0 of type int"),
        ("huge", "a whole number from 1 to 2**63 - 1, got 118"),
        ("half", "a whole number from 1 to 2**63 - 1, got 1.5"),
        (
            "latency",
            "latency of a Sample must be None or a row of counts from 0, int64, got [1, 2]",
        ),
        ("below 0", "latency of a Sample must be None or a row of counts from 0, int64, got"),
        ("beyond", "latency of a Sample must be None or a row of counts from 0, int64, got"),
        ("said yes", "checked of a Sample must be True or False, got 'no' of type str"),
        ("buckets", "latency of a Sample must have 4480 counts, got 7"),
        ("extra", "extra of a Sample must be a dict of names and numbers, got {'a': 'b'}"),
        ("error", "error of a Sample must be of type str, got True"),
        ("raises", "ZeroDivisionError: division by zero at " + line_of('"raises": lambda')),
        ("raises odd", "Odd: why at " + line_of('raise Odd("why")')),
        ("exits", "SystemExit: 0 at " + line_of('"exits": lambda')),
        ("interrupts", "KeyboardInterrupt at " + line_of('"interrupts": lambda')),
        ("close raises", "OSError: closed at " + line_of('raise OSError("closed")')),
        ("prepares a number", "prepare of odd must return an object with the methods run and"),
        ("prepares None", "got None"),
        ("prepares a class", "got an object of type WithoutRun"),
        ("prepares a fault", "LookupError: no run at " + line_of('raise LookupError("no run")')),
        ("closes output", "OSError: unheard at " + line_of('raise OSError("unheard")')),
        ("prepare raises", "division by zero at " + line_of('"prepare raises": lambda')),
        ("prepare exits", "SystemExit: 0 at " + line_of('"prepare exits": lambda')),
    ],
)
def test_code_that_raises_or_returns_nonsense_is_told_in_one_line(outcome, how, line):
    found = outcome(how)
    assert line in found.failure
    assert found.raised
    assert "\n" not in found.failure


def test_a_function_of_other_arguments_is_named_with_its_line(outcome):
    found = outcome("right", scenario="no-arguments")
    assert "takes 0 positional arguments but 1 was given" in found.failure
    assert line_of("def prepare_of_nothing") in found.failure


@pytest.mark.parametrize(
    ("how", "line", "place"),
    [
        ("leaves", "ended with exit code 0 before it had measured all", ""),
        ("leaves with 7", "a worker process ended with exit code 7", ""),
        ("crashes", "was killed by SIGSEGV", "in crash"),
        ("is killed", "was killed by SIGKILL (short of memory?)", ""),
        ("hangs", "did not end within 10 s", "time.sleep(1000)"),
        ("prepare hangs", "was not ready within 10 s", "time.sleep(1000)"),
        ("garbage", "wrote b'5' among its values", ""),
    ],
)
def test_a_worker_that_ends_without_all_values_is_told_with_its_cause(outcome, how, line, place):
    found = outcome(how, timeout=10.0 if "hangs" in how else 60.0)
    assert line in found.failure
    assert not found.raised
    if place == "time.sleep(1000)":
        assert line_of(place) in found.failure
    if place == "in crash":
        assert line_of("ctypes.string_at(0)") in found.failure


def test_all_that_a_failing_worker_said_is_in_a_file_that_the_line_names(outcome):
    found = outcome("raises")
    path = Path(found.failure.rpartition("all it said is in ")[2])
    assert "ZeroDivisionError" in path.read_text()
    assert path.name.startswith("odd-")


def test_a_thread_that_never_ends_does_not_hold_up_its_worker(outcome):
    found = outcome("thread")
    assert (found.failure, found.wrong, len(found.values)) == (None, None, 1)


def test_a_wrong_answer_is_no_exception_of_the_scenario(outcome):
    found = outcome("wrong")
    assert (found.wrong, found.failure, found.raised) == ("7, expected 8", None, False)


def test_a_wrong_answer_without_a_reason_is_worded(outcome):
    assert outcome("wrong, no reason").wrong == "run gave no reason"


def test_a_process_that_the_scenario_forks_adds_no_values(outcome):
    found = outcome("forks", loops=1, warmups=0, values=3)
    assert found.failure is None
    assert len(found.values) == 3


def test_values_say_whether_their_answers_were_checked(outcome):
    assert outcome("checked").values[0]["checked"] is True
    unchecked = outcome("right").values[0]
    assert unchecked["checked"] is False
    assert math.isnan(unchecked["extra"]["share"])


def test_a_disk_that_takes_no_files_is_a_failure_with_its_remedy(outcome, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "_write_job", full)
    found = outcome("right")
    assert "No space left on device" in found.failure
    assert "TMPDIR" in found.failure
