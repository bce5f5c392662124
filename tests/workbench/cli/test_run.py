import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import zbench

MINE = str(Path(__file__).with_name("mine.py"))


def test_a_users_file_is_measured_shown_kept_and_reported(zb, tmp_path):
    done = zb("run", MINE, "--quick", "--save", "first", "-p", "n=10,20")
    assert done.returncode == 0, done.stderr
    assert "mine n=20" in done.stdout
    assert "kept as run 1 (label first)" in done.stdout
    assert "report: report.html" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:3])) <= 80
    assert "zbench report" in (tmp_path / "report.html").read_text()
    assert "first" in zb("runs").stdout
    assert "mine n=20" in zb("show", "first").stdout


def test_json_follows_its_schema(zb):
    done = zb("run", MINE, "--quick", "--json", "--report", "none")
    schema = json.loads((Path(zbench.__file__).parent / "results.schema.json").read_text())
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema)
    assert found[0]["ok"]
    assert found[0]["messages"] == 10
    jsonschema.validate(json.loads(zb("show", "latest", "--json").stdout), schema)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("wrong", "the answer was wrong: the count is 1, expected 2"),
        ("dies", "ended with exit code 7"),
        ("hangs", "did not end within 10 s"),
    ],
)
def test_a_failing_scenario_is_reported_and_the_rest_goes_on(zb, how, line):
    done = zb("run", MINE, "--quick", "-p", f"how={how},right", "--timeout", "10", "--json")
    assert done.returncode == 1
    failed, right = json.loads(done.stdout)
    assert not failed["ok"]
    assert failed["ns_per_message"] is None
    assert any(line in w for w in failed["warnings"])
    assert right["ok"]


def test_ctrl_c_stops_the_run_and_keeps_what_was_measured(tmp_path, environment):
    command = [sys.executable, "-m", "zbench.cli", "run", MINE, "--processes", "50"]
    running = subprocess.Popen(
        [*command, "--report", "none"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    await_run(tmp_path / "results.db")
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "interrupted; kept" in errors
    assert "mine" in out
    assert "kept as run 1" in out


def await_run(store):
    """Wait until the store has the first round of a run."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if store.exists():
            with contextlib.suppress(sqlite3.OperationalError):  # its tables are being made
                connection = sqlite3.connect(store)
                try:
                    if connection.execute("select count(*) from results").fetchone()[0]:
                        return
                finally:
                    connection.close()
        time.sleep(0.1)
    pytest.fail("no round was kept")


def test_ctrl_c_while_a_file_is_loaded_says_that_nothing_was_measured(tmp_path, environment):
    (tmp_path / "slow.py").write_text("open('begun', 'w').close()\nimport time\ntime.sleep(1000)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "zbench.cli", "run", "./slow.py"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not (tmp_path / "begun").exists() and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=120)
    assert (running.returncode, errors) == (130, "zbench: interrupted; nothing was measured\n")


def test_a_run_that_the_store_refuses_is_kept_in_a_file(zb, tmp_path):
    zb("run", MINE, "--quick", "--report", "none")
    with sqlite3.connect(tmp_path / "results.db") as connection:
        # As a full disk would: whatever is written fails.
        connection.execute(
            "create trigger full before insert on results "
            "begin select raise(abort, 'disk full'); end"
        )
    connection.close()
    done = zb("run", MINE, "--quick", "--report", "none")
    assert done.returncode == 2
    assert "nothing is lost: the run is in" in done.stderr
    (rescued,) = tmp_path.glob("zbench-run-*.json")
    assert json.loads(rescued.read_text())["results"][0]["scenario"] == "mine"
