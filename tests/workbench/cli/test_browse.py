import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from zbench.store.database import Store

MINE = str(Path(__file__).with_name("mine.py"))


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


def test_a_newer_store_is_refused(zb, tmp_path):
    with Store(str(tmp_path / "results.db")):
        pass
    with sqlite3.connect(tmp_path / "results.db") as connection:
        connection.execute("update zbench_schema set version = 99")
    connection.close()
    done = zb("runs")
    assert done.returncode == 2
    assert "schema 99" in done.stderr
