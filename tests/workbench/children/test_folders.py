import os
import signal
import subprocess
import sys
import time

import pytest
from zbench.children import folders

HOLD = """
import sys, time
from zbench.children.folders import work_folder
with work_folder() as folder:
    (folder / "data").write_text("much")
    print(folder, flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that has a folder, and the folder."""
    command = [sys.executable, "-c", HOLD]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, tmp_path / os.path.basename(process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_the_folder_of_a_dead_process_is_removed_by_the_next_sweep(holder, tmp_path, how):
    process, folder = holder
    assert folders.sweep(tmp_path) == []  # in use
    assert (folder / "data").exists()
    process.send_signal(how)
    process.wait(30)
    assert folders.sweep(tmp_path) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_the_first_folder_of_a_process_sweeps(tmp_path, monkeypatch):
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "zbench-old").mkdir()
    (tmp_path / "zbench-old/lock").write_text("")
    with folders.work_folder() as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_abandoned_folder_is_left_alone(tmp_path):
    (tmp_path / "zbench-of-somebody").mkdir()  # without a lock
    (tmp_path / "zbench-file").write_text("")
    (tmp_path / "zbench-link").symlink_to(tmp_path / "zbench-of-somebody")
    (tmp_path / ".zbench-new-young").mkdir()
    (tmp_path / ".zbench-new-old").mkdir()
    os.utime(tmp_path / ".zbench-new-old", (0, time.time() - 2 * folders.DRAFT_AGE_S))
    assert folders.sweep(tmp_path) == [tmp_path / ".zbench-new-old"]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path / "nothing"))
    with pytest.raises(OSError, match="No such file"), folders.work_folder():
        pass
