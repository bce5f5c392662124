"""Where a store is, whatever the characters of its path."""

from pathlib import Path

import pytest
from zbench.errors import StoreError
from zbench.store.address import parse_address
from zbench.store.database import Store

from tests.workbench.store.runs import run

NAMES = ["what?.db", "a#b.db", "50%25.db", "a b.db", "a\nb.db", "\u65e5.db", ":memory:"]
NAMES += ["x;y&z=1?mode=ro", "file:x?mode=memory"]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_that_was_named_is_the_one_that_is_written(tmp_path, name):
    for _ in range(2):
        with Store(str(tmp_path / name)) as store:
            store.save(run("kept"))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with Store(str(tmp_path / name), read_only=True) as store:
        assert len(store.runs()) == 2


def test_a_path_with_bytes_that_are_not_utf_8_is_written(tmp_path):
    with Store(f"{tmp_path}/\udcff.db") as store:
        store.save(run("kept"))
    assert Path(f"{tmp_path}/\udcff.db").is_file()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: path.symlink_to("/dev/null"), "it is not a file"),
        (lambda path: path.symlink_to(path), "can't"),
    ],
    ids=["folder", "device", "loop"],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_no_file_is_refused_in_one_line(tmp_path, make, said, read_only):
    path = tmp_path / "store"
    make(path)
    with pytest.raises(StoreError, match=said) as raised:
        Store(str(path), read_only=read_only).runs()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "/dev/null/x", "/proc/no/x.db", "x" * 300, "/" + "y/" * 3000])
def test_a_path_that_cannot_be_is_refused_in_one_line(url):
    with pytest.raises(StoreError) as raised:
        Store(url)
    assert "\n" not in str(raised.value)


def test_without_a_home_folder_the_remedy_is_told(monkeypatch):
    def homeless():
        msg = "Could not determine home directory."
        raise RuntimeError(msg)

    monkeypatch.delenv("ZBENCH_STORE", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(StoreError, match="--store"):
        Store()


def test_a_path_of_bytes_is_a_path_and_one_with_a_zero_byte_is_refused(tmp_path):
    name = str(tmp_path / "runs.db")
    assert parse_address(name.encode()) == parse_address(name)
    with pytest.raises(StoreError, match="no zero byte"):
        parse_address("runs\0.db")
