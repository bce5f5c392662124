import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner
from zbench.cli import gate
from zbench.cli.common import choose
from zbench.cli.main import app
from zbench.core.metrics import histogram
from zbench.errors import ZbenchError
from zbench.measure import session as measure
from zbench.measure.jobs import JobOutcome
from zbench.measure.results import to_run
from zbench.store.database import Store

MINE = str(Path(__file__).with_name("mine.py"))
HOST = {"cpu_model_name": "a", "cpu_count": 2, "python_version": "3.11.7"}


def values(ns, latency):
    pairs = None if latency is None else [[histogram.bucket(latency), 1000]]
    return [
        {"elapsed_ns": ns * 10 + k, "messages": 10, "loops": 1, "extra": {}, "latency": pairs}
        for k in range(3)
    ]


def filled(items, ns, settings, latency=None, host=HOST):
    """A session in which every item took some nanoseconds a message; None: it died."""
    for item in items:
        item.outcomes = [
            JobOutcome(failure="a worker process ended with exit code 7")
            if ns is None
            else JobOutcome(values(ns + k, latency), host=host)
            for k in range(5)
        ]
    return measure.RunSession(items, settings, "2026-01-01T00:00:00+00:00", 1.0, True)


@pytest.fixture
def zb(tmp_path, monkeypatch):
    """The gate against a baseline of 1000 ns, where measurements take what is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZBENCH_STORE", str(tmp_path / "results.db"))
    settings = measure.RunSettings.of(True, 5, 60.0)
    base = filled(choose([MINE], [], True), 1000, settings, latency=500)
    with Store() as store:
        store.save(to_run(base, "base"))

    def call(*arguments, takes=(), latency=500, host=HOST):
        measured = []

        def pretend(items, settings, _):
            measured.append([dict(item.parameters) for item in items])
            return filled(items, takes[len(measured) - 1], settings, latency, host)

        monkeypatch.setattr(measure, "measure", pretend)
        done = CliRunner().invoke(app, ["gate", MINE, "--baseline", "base", *arguments])
        done.measured = measured
        return done

    return call


@pytest.mark.parametrize(
    ("takes", "code", "verdict"),
    [
        ([1000], 0, "pass"),
        ([500], 0, "improved"),
        ([1200, 1200], 1, "regression"),
        ([1200, 1000], 0, "pass"),
        ([None], 2, "failed"),
        ([1200, None], 2, "failed"),
    ],
)
def test_the_exit_code_says_what_was_found_after_measuring_again(zb, takes, code, verdict):
    done = zb("--json", takes=takes)
    assert done.exit_code == code, done.output
    assert [row["verdict"] for row in json.loads(done.stdout)] == [verdict]
    assert len(done.measured) == len(takes)


def test_a_p99_that_rose_in_every_process_is_a_regression_with_its_interval(zb):
    done = zb("--json", takes=[1000, 1000], latency=700)
    assert done.exit_code == 1
    (row,) = json.loads(done.stdout)
    assert row["p99_interval"][0] > 1.1
    assert row["reason"] == "p99 above 1.1 x the baseline"


def test_only_flagged_rows_are_measured_again_and_a_row_without_baseline_is_inconclusive(zb):
    done = zb("-p", "n=10,20", takes=[1200, 1200])
    assert [[p["n"] for p in items] for items in done.measured] == [[10, 20], [10]]
    assert done.exit_code == 1
    assert "mine n=20: the baseline has no such row" in done.stdout
    done = zb("-p", "n=20", "--json", takes=[1000])
    assert done.exit_code == 3


def test_thresholds_are_settings(zb):
    assert zb("--throughput-below", "0.5", takes=[1200]).exit_code == 0


def test_the_table_fits_eighty_columns_without_escapes(zb):
    done = zb("-p", "n=10,20", takes=[1200, 1200])
    table = done.stdout.splitlines()[:3]
    assert max(map(len, table)) <= 80
    assert "\x1b" not in done.stdout
    assert "mine n=10" in table[1]


def test_files_for_ci_are_written(zb, tmp_path):
    zb("--junit", "gate.xml", "--markdown", "gate.md", takes=[1200, 1200])
    suite = ET.parse(tmp_path / "gate.xml").getroot()[0]
    assert suite.get("failures") == "1"
    assert "| regression |" in (tmp_path / "gate.md").read_text()


def test_a_file_that_cannot_be_written_in_the_end_hides_no_verdict(zb, tmp_path, monkeypatch):
    """The folder of the JUnit file is removed while the gate measures."""
    (tmp_path / "out").mkdir()
    write = gate.write_text

    def written(path, text):
        if path.parent.exists() and "did not come to its end" not in text:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
        write(path, text)

    monkeypatch.setattr(gate, "write_text", written)
    done = zb("--junit", "out/gate.xml", "--markdown", "gate.md", takes=[1200, 1200])
    assert "regression" in done.stdout
    assert "| regression |" in (tmp_path / "gate.md").read_text()
    assert isinstance(done.exception, ZbenchError)
    assert "can't write out/gate.xml" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--junit", "no/such/gate.xml"], "its folder does not exist"),
        (["--markdown", "."], "it is a folder"),
        (["--throughput-below", "1.5"], "at most 1"),
        (["--p99-above", "nan"], "at least 1"),
        (["--baseline", "nothing"], "no run 'nothing'"),
        (["--baseline", "nothing.json"], "can't read nothing.json: No such file"),
        (["-p", "n=1000"], "must be 1 to 100"),
    ],
)
def test_bad_input_is_refused_before_anything_is_measured(zb, arguments, line):
    done = zb(*arguments, takes=[])
    assert isinstance(done.exception, ZbenchError)
    assert (done.exception.exit_code, done.measured) == (2, [])
    assert line in str(done.exception)


def test_a_baseline_of_another_machine_is_a_warning_given_once(zb):
    done = zb(takes=[1200, 1200], host={**HOST, "cpu_count": 64})
    assert done.stderr.count("cpu_count: baseline 2, now 64") == 1


def test_a_file_that_defines_no_scenario_does_not_pass(zb, tmp_path):
    (tmp_path / "empty.py").write_text("SCENARIOS = ()\n")
    done = CliRunner().invoke(app, ["gate", "empty.py", "--baseline", "base"])
    assert done.exception.exit_code == 2
    assert "is empty" in str(done.exception)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import sys\nsys.exit(0)", "SystemExit: 0 at "),
        ("import os\nos._exit(0)", "ended the process"),
        ("SCENARIOS = ()", "is empty"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_in_the_files_for_ci(zb, tmp_path, text, line):
    (tmp_path / "odd.py").write_text(text)
    arguments = ["gate", "./odd.py", "--baseline", "base", "--junit", "g.xml", "--markdown", "g.md"]
    done = CliRunner().invoke(app, arguments)
    assert done.exception.exit_code == 2
    assert_error(tmp_path, line)
    assert line in (tmp_path / "g.md").read_text()


def assert_error(folder, line):
    suite = ET.parse(folder / "g.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    assert line in suite[0][0].get("message")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--baseline", "nothing"], "no run 'nothing'"),
        (["-p", "n=1000"], "must be 1 to 100"),
        (["--throughput-below", "1.5"], "at most 1"),
    ],
)
def test_bad_input_is_an_error_in_the_file_for_ci(zb, tmp_path, arguments, line):
    zb(*arguments, "--junit", "g.xml", takes=[])
    assert_error(tmp_path, line)


@pytest.mark.parametrize("how", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_older_file_for_ci_does_not_outlive_a_gate_that_is_ended(zb, tmp_path, monkeypatch, how):
    (tmp_path / "g.xml").write_text("<testsuites/>")

    def end(*_):
        raise how

    zb("--junit", "g.xml", takes=[1000])
    assert 'errors="0"' in (tmp_path / "g.xml").read_text()
    monkeypatch.setattr(measure, "measure", end)
    CliRunner().invoke(app, ["gate", MINE, "--baseline", "base", "--junit", "g.xml"])
    assert_error(tmp_path, "the gate did not come to its end")


def test_a_baseline_measured_under_other_settings_is_of_another_machine(zb):
    done = zb(takes=[1000], host={**HOST, "compiler_settings": "NUMBA_OPT=0"})
    assert "compiler settings: baseline none, now NUMBA_OPT=0" in done.stderr
