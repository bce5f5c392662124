import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from zbench.children import start


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_true(condition):
    until = time.monotonic() + 30
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A module whose import takes for ever, and a parent that starts it."""
    (tmp_path / "slow_import.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('started').write_text(str(os.getpid()))\n"
        "time.sleep(1000)\n"
    )
    (tmp_path / "parent.py").write_text(
        textwrap.dedent("""
        import os, subprocess, sys, time
        from zbench.children import start
        os.environ["PYTHONPATH"] = os.getcwd()
        child = subprocess.Popen(start.command("slow_import"), start_new_session=True)
        print(child.pid, flush=True)
        time.sleep(float(sys.argv[1]))
        """)
    )

    def started(seconds="1000"):
        parent = subprocess.Popen(
            [sys.executable, "parent.py", seconds], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        return parent, int(parent.stdout.readline()), tmp_path / "started"

    return started


def test_a_child_that_still_imports_dies_with_its_parent(slow):
    parent, child, begun = slow()
    with parent:
        await_true(begun.exists)
        parent.send_signal(signal.SIGKILL)
    await_true(lambda: not is_alive(child))


@pytest.mark.parametrize("seconds", ["0", "0.02", "0.05", "0.1"])
def test_a_child_dies_whenever_its_parent_ends(slow, seconds):
    parent, child, _ = slow(seconds)
    with parent:
        parent.wait(30)
    await_true(lambda: not is_alive(child))


def test_a_child_whose_parent_is_gone_before_it_begins_ends_at_once(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    command = start.command("this")
    command[command.index(str(os.getpid()))] = str(gone.pid)
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (start.ORPHANED, b"")


@pytest.mark.parametrize("name", ["random.py", "json.py", "numpy.py", "pyperf.py"])
def test_a_file_in_the_current_folder_hides_no_module(tmp_path, name):
    (tmp_path / name).write_text("raise SystemExit('the wrong module')\n")
    command = start.command("zbench.measure.worker", "--help")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--job" in done.stdout
