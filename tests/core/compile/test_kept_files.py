"""What lies in the cache, and removing what nobody uses."""

import os
import time

import pytest
from zbench.core.compile import kept_files, machine_code_cache

DAY = machine_code_cache.DAY_S


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    (tmp_path / machine_code_cache.CODE).mkdir()
    return tmp_path


def put(cache, name, size=10, days=0.0):
    """A file of a size that was used some days ago."""
    path = cache / machine_code_cache.CODE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    when = time.time() - days * DAY
    os.utime(path, (when, when))
    return path


def test_what_is_there_is_counted(cache):
    assert kept_files.entries() == []
    put(cache, "worker_loop-1.code", 100)
    put(cache, "worker_loop-2.code", 50)
    put(cache, "tell-1.code", 7)
    put(cache, "1.lock", 0)
    put(cache, "worker_loop-3xyz", 3)  # a draft
    put(cache, kept_files.STAMP, 0)
    found = kept_files.entries()
    assert (len(found), sum(e.bytes for e in found), kept_files.programs(found)) == (5, 160, 2)


@pytest.mark.parametrize("name", ["a.code", "1.lock", "a-draft", "../" + "0a" * 16 + "/program.py"])
def test_what_nobody_used_for_long_is_pruned_and_the_rest_stays(cache, name):
    """Files, locks, drafts of killed processes, and folders of the earlier layout."""
    old, new = put(cache, name, days=31), put(cache, "new.code", days=29)
    removed = kept_files.prune()
    assert (removed.entries, removed.error) == (1, None)
    assert not old.exists()
    assert new.exists()


def test_the_longest_unused_go_first_when_there_is_too_much(cache):
    paths = [put(cache, f"{k}.code", size=10, days=k) for k in range(5)]
    assert kept_files.prune(most_bytes=30).bytes == 20
    assert [path.exists() for path in paths] == [True] * 3 + [False] * 2


def test_other_things_in_the_cache_folder_are_never_touched(cache):
    peer = put(cache, "../peers/actix-1/done", days=400)
    other = put(cache, "../notes.txt", days=400)
    kept_files.prune()
    kept_files.clear()
    assert peer.exists()
    assert other.exists()


def test_pruning_by_itself_happens_once_a_day(cache):
    first = put(cache, "a.code", days=31)
    kept_files.prune_daily()
    assert not first.exists()
    second = put(cache, "b.code", days=31)
    kept_files.prune_daily()
    assert second.exists()
    put(cache, kept_files.STAMP, 0, days=2)
    kept_files.prune_daily()
    assert not second.exists()


def test_a_file_that_is_used_stays(cache):
    content = b"content"
    assert machine_code_cache.save("a", content)
    path = put(cache, "a.code")
    machine_code_cache.save("a", content)
    os.utime(path, (1, 1))
    assert machine_code_cache.load("a") == content
    assert kept_files.prune().entries == 0


def test_a_cache_that_is_not_there_is_empty(monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", "/dev/null/zbench")
    assert kept_files.entries() == []
    assert kept_files.clear().entries == 0
    kept_files.prune_daily()
