from zbench.children import logs


def test_a_log_is_moved_to_the_cache_folder_and_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "log").write_text("why")
    said = logs.kept_as(tmp_path / "log", "a/../name")
    kept = logs.Path(said.rpartition(" in ")[2])
    assert kept.read_text() == "why"
    assert kept.parent == tmp_path / "cache" / "logs"


def test_a_log_is_kept_even_where_the_cache_folder_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(logs.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "log").write_text("why")
    assert logs.keep(tmp_path / "log", "one").read_text() == "why"


def test_a_log_that_the_cache_folder_has_no_room_for_is_kept_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(logs.tempfile, "tempdir", str(tmp_path))
    copy = logs.shutil.copyfileobj

    def full(source, target):
        if "/cache/" in target.name:
            target.write(b"w")
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(logs.shutil, "copyfileobj", full)
    (tmp_path / "log").write_text("why")
    assert logs.keep(tmp_path / "log", "one").read_text() == "why"
    assert list((tmp_path / "cache" / "logs").iterdir()) == []


def test_of_a_very_long_log_the_beginning_and_the_end_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(logs, "MOST_BYTES", 8)
    (tmp_path / "log").write_text("1234567890ab")
    kept = logs.keep(tmp_path / "log", "one").read_text()
    assert kept == "1234\n... 4 bytes are left out ...\n90ab"


def test_an_empty_log_or_none_is_not_kept(tmp_path):
    (tmp_path / "log").write_text("")
    assert logs.kept_as(tmp_path / "log", "one") == ""
    assert logs.keep(tmp_path / "no log", "one") is None


def test_only_the_newest_logs_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(logs, "MOST_LOGS", 3)
    for k in range(5):
        (tmp_path / "log").write_text(str(k))
        last = logs.keep(tmp_path / "log", "one")
    assert len(list(last.parent.iterdir())) == 3
    assert last.read_text() == "4"
