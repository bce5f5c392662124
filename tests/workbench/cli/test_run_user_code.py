import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import zbench
from zbench.store.database import Store

from tests.workbench.catalogue.files import HEAD, right, scenario

ODD = str(Path(__file__).parents[1] / "measure" / "odd.py")
MINE = str(Path(__file__).with_name("mine.py"))
SCHEMA = json.loads((Path(zbench.__file__).parent / "results.schema.json").read_text())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import sys\nsys.exit(0)", "SystemExit: 0 at {file}:2"),
        ("import os\nos._exit(0)", "ended the process: it ended with exit code 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt at {file}:1"),
        ("SCENARIOS = ()", "is empty"),
    ],
)
def test_a_file_that_is_no_use_ends_the_command_with_2_and_one_line(zb, tmp_path, text, line):
    (tmp_path / "mine.py").write_text(text)
    done = zb("run", "./mine.py", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("zbench: ")
    assert done.stderr.count("\n") == 1
    assert line.format(file=tmp_path / "mine.py") in done.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e300"])
def test_a_limit_of_time_that_is_none_is_refused(zb, seconds):
    for arguments in (["run", MINE], ["versus", "ping-pong"]):
        done = zb(*arguments, "--timeout", seconds)
        assert done.returncode == 2
        assert done.stderr.startswith("zbench: ")
        assert "--timeout" in done.stderr


@pytest.mark.parametrize("how", ["raises", "exits", "tuple", "prepares a number"])
def test_code_that_raises_ends_the_command_with_2_and_its_line(zb, how):
    done = zb("run", ODD, "-p", f"how={how},checked", "--quick", "--json", "--report", "none")
    assert done.returncode == 2
    failed, fine = json.loads(done.stdout)[:2]
    assert (failed["ok"], fine["ok"], fine["verified"]) == (False, True, True)
    assert done.stderr.startswith("zbench: failed: odd: ")
    assert "Traceback" not in done.stderr
    assert failed["warnings"][0] in done.stderr


def test_what_code_prints_leaves_json_alone_and_numbers_that_are_none_are_null(zb, tmp_path):
    text = HEAD.replace(
        "Sample(10**6, 100)", "Sample(10**6, 100, extra={'a': float('nan'), 'b': -float('inf')})"
    )
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong module')\n")
    (tmp_path / "helping.py").write_text("print('from a helper')\n")
    body = f"import helping\nprint('from the file')\nSCENARIOS = ({scenario()},)\n"
    (tmp_path / "mine.py").write_text(text + body)
    command = [sys.executable, "-P", "-m", "zbench.cli"]
    done = zb("run", "./mine.py", "--quick", "--json", "--report", "none", command=command)
    assert done.returncode == 0, done.stderr
    assert "from a helper\nfrom the file\n" in done.stderr
    (found,) = json.loads(done.stdout)
    jsonschema.validate([found], SCHEMA)
    assert found["extra"] == {"a": None, "b": None}
    assert found["verified"] is False
    assert any("not verified: run compares no answer" in text for text in found["warnings"])
    with Store(str(tmp_path / "results.db")) as store:
        assert store.get("latest").results[0].extra == {"a": None, "b": None}
    for arguments in (["show", "--json"], ["export", "latest"]):
        text = zb(*arguments, command=command).stdout
        assert "NaN" not in text
        assert "Infinity" not in text
        assert json.loads(text)
    assert re.search(r"one +b +-$", zb("show", command=command).stdout, re.MULTILINE)


def test_a_module_run_as_a_program_does_not_look_into_the_current_folder(zb, tmp_path):
    for name in ("random", "json", "signal"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    command = [sys.executable, "-m", "zbench"]
    assert "zbench" in zb("--version", command=command).stdout


@pytest.mark.long
def test_settings_that_change_machine_code_are_refused_unless_allowed(zb, environment):
    environment["NUMBA_OPT"] = "0"
    refused = zb("run", MINE, "--quick")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "NUMBA_OPT=0 in the environment changes the machine code" in refused.stderr
    assert "--allow-numba-settings" in refused.stderr
    for arguments in (["gate", MINE, "--baseline", "a"], ["plan"], ["versus", "ping-pong"]):
        assert "NUMBA_OPT=0" in zb(*arguments).stderr
    allowed = zb("run", MINE, "--quick", "--json", "--report", "none", "--allow-numba-settings")
    assert allowed.returncode == 0, allowed.stderr
    warnings = json.loads(allowed.stdout)[0]["warnings"]
    assert any("measured under NUMBA_OPT=0" in text for text in warnings)
    kept = json.loads(zb("export", "latest").stdout)
    assert kept["host"]["compiler_settings"] == "NUMBA_OPT=0"
    assert "bad      compiler" in zb("doctor").stdout


def test_after_ctrl_c_rows_never_begun_are_not_measured(tmp_path, environment):
    (tmp_path / "mine.py").write_text(right())
    command = [sys.executable, "-m", "zbench.cli", "run", MINE, "-p", "how=hangs", "./mine.py"]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    await_worker(running.pid)
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert re.search(r"one +not measured", out), out + errors
    assert "failed" not in out


def await_worker(pid):
    """Wait until a process has a child that measures."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(path.read_text().rpartition(")")[2].split()[1])
                if parent == pid and b"measure.worker" in path.with_name("cmdline").read_bytes():
                    return
            except (OSError, IndexError):
                continue
        time.sleep(0.05)
    pytest.fail("no worker was started")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_workers_and_folders_go_with_a_command_that_is_killed(tmp_path, environment, how):
    environment["TMPDIR"] = str(tmp_path)
    command = [sys.executable, "-m", "zbench.cli", "run", MINE, "-p", "how=hangs", "--quick"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as running:
        await_worker(running.pid)
        running.send_signal(how)
        running.wait(60)
    until = time.monotonic() + 30
    while _workers_of(tmp_path) and time.monotonic() < until:
        time.sleep(0.05)
    assert _workers_of(tmp_path) == []
    if how == signal.SIGHUP:  # it ends like Ctrl-C
        assert list(tmp_path.glob("zbench-*")) == []
    subprocess.run([*command[:-3], "-p", "how=right", "--quick"], cwd=tmp_path, env=environment)
    assert list(tmp_path.glob("zbench-*")) == []


def _workers_of(folder):
    """Processes whose command line names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found
