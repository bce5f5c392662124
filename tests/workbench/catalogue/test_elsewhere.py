import pytest
from zbench.catalogue.elsewhere import read
from zbench.errors import ScenarioError

from tests.workbench.catalogue.files import right


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))

    def written(text):
        (tmp_path / "mine.py").write_text(text)
        return f"file:{tmp_path / 'mine.py'}"

    return written


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import os\nos._exit(0)", "ended the process: it ended with exit code 0"),
        ("import os\nos._exit(3)", "ended with exit code 3"),
        ("import os\nos.kill(os.getpid(), 11)", "was killed by SIGSEGV, at {file}:2"),
        ("import os\nos.kill(os.getpid(), 9)", "was killed by SIGKILL"),
        ("import time\ntime.sleep(1000)", "took longer than 10 s, at {file}:2"),
        ("import sys\nsys.exit(0)", "SystemExit: 0 at {file}:2"),
        ("import signal\nsignal.raise_signal(2)", "KeyboardInterrupt at {file}:2"),
    ],
)
def test_code_that_ends_its_process_is_an_error_with_its_place(mine, tmp_path, text, line):
    with pytest.raises(ScenarioError) as refused:
        read(mine(text), 10.0)
    assert line.format(file=tmp_path / "mine.py") in str(refused.value)


def test_all_that_failing_code_said_is_in_a_file_that_the_line_names(mine):
    with pytest.raises(ScenarioError) as refused:
        read(mine("print('before it')\nraise ValueError('why')"), 30.0)
    path = str(refused.value).rpartition("all it said is in ")[2]
    with open(path) as log:
        said = log.read()
    assert "before it" in said
    assert "Traceback" in said
    assert "ValueError: why" in said


def test_code_may_print_and_leave_threads_and_children(mine, capfd):
    text = (
        "import atexit, os, subprocess, sys, threading, time\n"
        "print('printed')\n"
        "os.write(1, b'written\\n')\n"
        "subprocess.run(['echo', 'echoed'])\n"
        "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "subprocess.Popen(['sleep', '1000'])\n"
        "atexit.register(time.sleep, 1000)\n"
        "sys.stdout = None\n"
    )
    assert [found["name"] for found in read(mine(text + right()), 30.0)] == ["one"]
    out, errors = capfd.readouterr()
    assert out == ""
    assert all(word in errors for word in ("written", "echoed"))


def test_bounds_of_numpy_and_subclasses_with_fields_of_their_own_are_described(mine):
    made = "Mine('n', 5, 'h', low=numpy.int64(1), high=numpy.float32(9.5))"
    text = (
        "import dataclasses, numpy\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Mine(Parameter):\n"
        "    unit: str = 's'\n"
    )
    whole = right(parameters=f"({made},)").replace("SCENARIOS", text + "SCENARIOS")
    (found,) = read(mine(whole), 30.0)
    (parameter,) = found["parameters"]
    assert (parameter["low"], parameter["high"]) == (1, 9.5)
    assert "unit" not in parameter


class Full:
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_code_is_read_though_nobody_can_be_shown_its_output(mine, monkeypatch):
    monkeypatch.setattr("sys.stderr", Full())
    assert len(read(mine("print('a')\n" + right()), 30.0)) == 1
