"""SQLite files: made by several processes at once, read only, of others, damaged."""

import ctypes
import os
import sqlite3
import subprocess
import sys

import pytest
from zbench.errors import StoreError
from zbench.store import address, tables
from zbench.store.database import Store

from tests.reports.test_page import result
from tests.workbench.store.runs import run

PROCESSES = 6
SAVES = 5
SAVE = """
import sys
from zbench.reports.model import Run
from zbench.store.database import Store
sys.stdin.read(1)  # all begin at once
for k in range(int(sys.argv[2])):
    with Store(sys.argv[1]) as store:
        number = store.save(Run(0, sys.argv[3], "2026-01-02", 1.0, False, {}, []))
        store.save(Run(number, sys.argv[3], "2026-01-02", 1.0, True, {}, []))
"""
READ = """
import sys
from zbench import load
from zbench.cli.main import main
failed = []
page = sys.argv[1]
for words in (["runs"], ["show"], ["export", "latest"], ["report", "-o", page]):
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as ended:
        failed += [words] if ended.code else []
load()
sys.exit(str(failed) if failed else 0)
"""
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def test_processes_that_open_a_new_store_at_once_all_save(tmp_path):
    path = tmp_path / "new" / "results.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SAVE, str(path), str(SAVES), f"p{number}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    for process in started:
        process.stdin.write(b"x")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[1] for process in started] == [b""] * PROCESSES
    with Store(str(path)) as store:
        runs = store.runs()
    assert len(runs) == PROCESSES * SAVES
    assert all(kept.complete for kept in runs)


def test_a_transaction_that_another_process_holds_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(address, "LOCK_TIMEOUT_S", 0.1)
    path = tmp_path / "results.db"
    with Store(str(path)) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert store.runs() == []
        monkeypatch.chdir(tmp_path)
        with pytest.raises(StoreError, match=r"database is locked.*nothing is lost"):
            store.save(run("late"))
        other.execute("ROLLBACK")
        other.close()
        assert store.save(run("late")) == 1


def obey_permissions():
    """In a child before it executes: root gives up the right to write what it may not."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def test_a_store_that_may_only_be_read_serves_every_command_that_reads(tmp_path):
    folder = tmp_path / "theirs"
    where = str(folder / "results.db")
    with Store(where) as store:
        store.save(run("kept"))
    (folder / "results.db").chmod(0o444)
    folder.chmod(0o555)

    def call(*words):
        return subprocess.run(
            [sys.executable, "-c", *words],
            env={**os.environ, "ZBENCH_STORE": where},
            input="x",
            text=True,
            capture_output=True,
            timeout=120,
            preexec_fn=obey_permissions,
        )

    done = call(READ, str(tmp_path / "page.html"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "kept" in done.stdout
    assert "permission denied; give another with --store" in call(SAVE, where, "1", "x").stderr
    assert [path.name for path in folder.iterdir()] == ["results.db"]
    folder.chmod(0o755)


def test_reading_creates_no_store(tmp_path):
    path = tmp_path / "none" / "results.db"
    with Store(str(path), read_only=True) as store:
        assert store.runs() == []
    assert not path.parent.exists()


def test_a_read_only_file_is_opened_for_reading_but_not_to_save(tmp_path, monkeypatch):
    path = tmp_path / "results.db"
    with Store(str(path)) as store:
        store.save(run("kept"))
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: mode != os.W_OK and allowed(p, mode))
    with Store(str(path), read_only=True) as store:
        assert store.get("kept").id == 1
    with pytest.raises(StoreError, match="permission denied"):
        Store(str(path))


def fill(path, statement):
    with sqlite3.connect(path) as connection:
        connection.executescript(statement)
    connection.close()


BAD = {
    "garbage": lambda path: path.write_bytes(b"\x00\xffnot a database" * 1000),
    "text": lambda path: path.write_text("hello"),
    "another program's": lambda path: fill(path, "create table cookies (id integer)"),
    "another program's runs": lambda path: fill(path, "create table runs (x); create table y (z)"),
    "a newer zbench's": lambda path: fill(path, "update zbench_schema set version = 99"),
    "a version that is a word": lambda path: fill(
        path,
        "drop table zbench_schema; create table zbench_schema (version); "
        "insert into zbench_schema values ('abc')",
    ),
    "a run that is not JSON": lambda path: fill(path, "update runs set host = '{'"),
    "a run that is not a dictionary": lambda path: fill(
        path, "insert into results values (7, 1, 0, 'a', 1, 1.0, '[1]')"
    ),
    "a table with other columns": lambda path: fill(
        path, "drop table runs; create table runs (id integer primary key)"
    ),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:5000]),
}


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("how", BAD)
def test_a_file_that_is_no_store_is_refused_in_one_line_and_left_alone(tmp_path, how, read_only):
    path = tmp_path / "results.db"
    if "another" not in how and how not in ("garbage", "text"):
        with Store(str(path)) as store:
            store.save(run("kept"))
    BAD[how](path)
    before = path.read_bytes()
    with pytest.raises(StoreError) as raised, Store(str(path), read_only=read_only) as store:
        store.get("latest")
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_an_empty_file_is_an_empty_store(tmp_path, read_only):
    path = tmp_path / "results.db"
    path.touch()
    with Store(str(path), read_only=read_only) as store:
        assert store.runs() == []


def test_a_store_whose_making_was_interrupted_is_completed(tmp_path):
    path = tmp_path / "results.db"
    with Store(str(path)):
        pass
    fill(path, "drop table zbench_schema; drop table results")
    with Store(str(path)) as store:
        store.save(run("kept"))
    with sqlite3.connect(path) as connection:
        assert connection.execute("select version from zbench_schema").fetchall() == [
            (tables.SCHEMA,)
        ]
    connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "update runs set label = x'ff'",
        "update runs set started = x'ff'",
        "update runs set duration_s = 'long'",
        "update runs set host = 'null'",
        "update results set body = json_set(body, '$.ns_per_message', 'abc')",
        "update results set body = json_set(body, '$.ns_per_message', 0)",
    ],
)
def test_a_row_that_is_no_run_is_refused_in_one_line(tmp_path, change):
    path = tmp_path / "results.db"
    with Store(path) as store:
        store.save(run("kept", results=[result("a")]))
    fill(path, change)
    with Store(path, read_only=True) as store:
        for read in (store.runs, lambda: store.get("latest")):
            with pytest.raises(StoreError, match="can't read the store"):
                read()


def test_a_ctrl_c_ends_the_wait_for_another_process(tmp_path):
    """SQLite's own wait would return to Python only at its end."""
    path = tmp_path / "results.db"
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    text = (
        "import signal, sys\n"
        "from zbench.store import address\n"
        "from zbench.store.database import Store\n"
        "address.LOCK_TIMEOUT_S = 1000.0\n"
        "signal.signal(signal.SIGALRM, signal.default_int_handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.5)\n"
        "try:\n"
        "    Store(sys.argv[1], read_only=True).runs()\n"
        "except KeyboardInterrupt:\n"
        "    print('ended')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", text, str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "ended\n", done.stderr
    other.close()
