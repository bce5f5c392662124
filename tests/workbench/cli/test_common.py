import os
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner
from zbench.cli.common import measure_and_keep, still_kept
from zbench.cli.main import app
from zbench.errors import InterruptedSessionError
from zbench.store.database import Store
from zbench.store.export import export

from tests.reports.test_page import result, run_of

MINE = Path(__file__).with_name("mine.py").read_text()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a store, an exported run, a file of scenarios, and other names of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZBENCH_STORE", "results.db")
    run = run_of(result("a"))
    with Store() as store:
        store.save(run)
    Path("run.json").write_text(export(run, "json"))
    Path("mine.py").write_text(MINE)
    os.link("run.json", "hard")
    Path("soft").symlink_to("results.db")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "run ./mine.py -o mine.py",
        "run ./mine.py -o results.db",
        "run ./mine.py -o soft",
        "versus ping-pong --peers zbench -o results.db",
        "gate ./mine.py --baseline run.json --junit run.json",
        "gate ./mine.py --baseline run.json --markdown hard",
        "gate mine.py --baseline run.json --junit mine.py",
        "gate ./mine.py --baseline latest --junit results.db",
        "gate ./mine.py --baseline latest --junit new --markdown new",
        "export latest -o results.db",
        "export run.json --format csv -o hard",
        "report latest run.json -o run.json",
        "report latest -o results.db",
    ],
)
def test_no_command_writes_over_a_file_that_it_reads(folder, words):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(app, words.split())
    assert str(done.exception).endswith("this command; give another file")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_two_files_may_both_be_nowhere(folder):
    words = ["gate", "./mine.py", "--baseline", "no", "--junit", "/dev/null", "--markdown"]
    done = CliRunner().invoke(app, [*words, "/dev/null"])
    assert "no run 'no'" in str(done.exception)


def interrupt(*_):
    raise KeyboardInterrupt


def test_a_ctrl_c_while_a_run_is_saved_leaves_it_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Store("results.db") as store:
        monkeypatch.setattr(store, "save", interrupt)
        keep = partial(measure_and_keep, lambda _: 0, lambda *_: run_of(result("a")))
        with pytest.raises(InterruptedSessionError, match="interrupted while saving; the run is"):
            keep(lambda _: False, store, None)
        (path,) = tmp_path.glob("zbench-run-*.json")
        assert store.get(path).results[0].scenario == "a"


def test_a_ctrl_c_while_a_kept_run_is_shown_says_where_it_is():
    with (
        pytest.raises(InterruptedSessionError, match="what was measured is run 1"),
        still_kept(run_of(result("a"))),
    ):
        interrupt()
