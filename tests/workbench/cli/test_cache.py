import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner
from zbench.cli.main import app
from zbench.core.compile import machine_code_cache


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    assert machine_code_cache.save("worker_loop-1", bytes(2_000_000))
    return tmp_path / machine_code_cache.CODE


def run(*options):
    return CliRunner().invoke(app, ["cache", *options])


def test_it_shows_place_size_and_number_of_programs(folder):
    lines = run().stdout.splitlines()
    assert lines == [f"place     {folder}", "size      2.0 MB in 1 file", "programs  1"]


def test_json_has_the_same_as_numbers(folder):
    (facts,) = json.loads(run("--json").stdout)
    assert facts == {
        "place": str(folder), "bytes": 2_000_032, "files": 1, "programs": 1, "removed_bytes": 0,
    }  # fmt: skip


def test_clear_removes_everything_and_prune_what_is_old(folder):
    os.utime(folder / "worker_loop-1.code", (1, 1))
    assert machine_code_cache.save("tell-1", b"")
    assert run("--prune").stdout.startswith("removed   2.0 MB in 1 file\n")
    assert (folder / "tell-1.code").exists()
    assert run("--clear").stdout.splitlines()[-2:] == ["size      0 B in 0 files", "programs  0"]
    assert not list(folder.iterdir())


def zbench(*arguments, **environment):
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "zbench", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_clear_and_prune_together_are_refused_in_one_line():
    done = zbench("cache", "--clear", "--prune")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "give one of them" in done.stderr


@pytest.mark.parametrize("command", [("list",), ("cache",), ("doctor",), ("peers",)])
def test_commands_that_compile_nothing_need_no_cache(command):
    done = zbench(*command, ZBENCH_CACHE="/dev/null/zbench")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_help_has_an_example_and_fits_eighty_columns():
    text = run("--help").stdout
    assert "Example: zbench cache" in text
    assert max(map(len, text.splitlines())) <= 80
