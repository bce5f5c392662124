import json
import os
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


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "ZBENCH_STORE": str(tmp_path / "results.db")}


@pytest.fixture
def zb(tmp_path, environment):
    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "zbench.cli", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
        )

    return call


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


@pytest.mark.parametrize("form", ["pyperf", "csv", "json", "markdown"])
def test_every_format_can_be_exported(zb, tmp_path, form):
    zb("run", MINE, "--quick", "--report", "none")
    done = zb("export", "latest", "--format", form, "-o", "out.json")
    assert done.returncode == 0, done.stderr
    assert "mine" in (tmp_path / "out.json").read_text()
    if form == "pyperf":
        stats = subprocess.run(
            [sys.executable, "-m", "pyperf", "stats", str(tmp_path / "out.json")],
            capture_output=True,
            text=True,
        )
        assert stats.returncode == 0, stats.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "ping-pnog"], "did you mean ping-pong?"),
        (["run", "ping-pong", "-p", "wrokers=1"], "did you mean workers?"),
        (["run", "ping-pong", "-p", "workers=0"], "must be 1 to 256, got 0"),
        (["run", "ping-pong", "-p", "workers=two"], "must be a whole number"),
        (["run", "./nothing.py"], "there is no file"),
        (["show", "nothing"], "no run 'nothing'"),
        (["run", MINE, "--store", "/proc/no/results.db"], "can't create the store"),
        (["export", "latest", "--format", "xls"], "'xls' is not one of"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(zb, arguments, line):
    if arguments[0] == "export":
        zb("run", MINE, "--quick", "--report", "none")
    done = zb(*arguments)
    assert done.returncode == 2
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("wrong", "the answer was wrong: the count is 1, expected 2"),
        ("dies", "ended with exit code 7"),
        ("hangs", "did not end within 3 s"),
    ],
)
def test_a_failing_scenario_is_reported_and_the_rest_goes_on(zb, how, line):
    done = zb("run", MINE, "--quick", "-p", f"how={how},right", "--timeout", "3", "--json")
    assert done.returncode == 1
    failed, right = json.loads(done.stdout)
    assert not failed["ok"]
    assert failed["ns_per_message"] is None
    assert any(line in w for w in failed["warnings"])
    assert right["ok"]


def test_a_newer_store_is_refused(zb, tmp_path):
    zb("runs")
    with sqlite3.connect(tmp_path / "results.db") as connection:
        connection.execute("update zbench_schema set version = 99")
    connection.close()
    done = zb("runs")
    assert done.returncode == 2
    assert "schema 99" in done.stderr


def test_ctrl_c_stops_within_a_second_and_keeps_what_was_measured(tmp_path, environment):
    command = [sys.executable, "-m", "zbench.cli", "run", MINE, "--processes", "50"]
    running = subprocess.Popen(
        [*command, "--report", "none"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(6)
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "interrupted; kept" in errors
    assert "mine" in out
    assert "kept as run 1" in out


def test_a_run_that_the_store_refuses_is_kept_in_a_file(zb, tmp_path):
    zb("run", MINE, "--quick", "--report", "none")
    with sqlite3.connect(tmp_path / "results.db") as connection:
        # As a full disk would: whatever is written fails.
        connection.execute(
            "create trigger full before insert on results begin select raise(abort, 'disk full'); end"
        )
    connection.close()
    done = zb("run", MINE, "--quick", "--report", "none")
    assert done.returncode == 2
    assert "nothing is lost: the run is in" in done.stderr
    (rescued,) = tmp_path.glob("zbench-run-*.json")
    assert json.loads(rescued.read_text())["results"][0]["scenario"] == "mine"


def test_help_of_every_command_has_an_example(zb):
    listed = zb("--help").stdout
    for command in ("list", "run", "runs", "show", "export", "report", "gate", "plan", "doctor"):
        assert command in listed
        assert "Example: zbench" in zb(command, "--help").stdout


def test_the_gate_passes_the_same_code_and_writes_what_ci_reads(zb, tmp_path):
    zb("run", MINE, "--quick", "--save", "base", "--report", "none", "--processes", "3")
    zb("export", "base", "--format", "json", "-o", "base.json")
    for baseline in ("base", "base.json"):
        done = zb(
            "gate",
            MINE,
            "--quick",
            "--baseline",
            baseline,
            "--junit",
            "gate.xml",
            "--processes",
            "3",
            "--throughput-below",
            "0.5",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "pass" in done.stdout
        assert "<testsuites>" in (tmp_path / "gate.xml").read_text()


def test_the_gate_needs_a_baseline_that_exists(zb):
    done = zb("gate", MINE, "--baseline", "nothing")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_command_can_be_run_as_a_module():
    run = subprocess.run(
        [sys.executable, "-m", "zbench", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("zbench ")
