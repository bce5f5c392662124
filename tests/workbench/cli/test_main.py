import subprocess
import sys
from pathlib import Path

import pytest

MINE = str(Path(__file__).with_name("mine.py"))


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


def test_help_of_every_command_has_an_example(zb):
    listed = zb("--help").stdout
    named = ("list", "run", "runs", "show", "export", "report", "gate", "plan", "doctor", "cache")
    for command in named:
        assert command in listed
        assert "Example: zbench" in zb(command, "--help").stdout


@pytest.mark.long
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


def test_a_ctrl_c_while_the_command_is_imported_is_one_line():
    text = (
        "import signal, sys\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from zbench.cli.__main__ import start\n"
        "start()\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "zbench: interrupted; nothing was measured\n"
