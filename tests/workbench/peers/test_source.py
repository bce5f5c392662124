import os

import pytest
from zbench.peers.source import copy, files


@pytest.fixture
def folder(tmp_path):
    """A peer's folder with a file and an empty folder."""
    found = tmp_path / "peer"
    (found / "src").mkdir(parents=True)
    (found / "empty").mkdir()
    (found / "src" / "main").write_text("1")
    return found


def test_files_and_folders_are_copied(folder, tmp_path):
    copy(folder, tmp_path / "place")
    assert (tmp_path / "place" / "src" / "main").read_text() == "1"
    assert (tmp_path / "place" / "empty").is_dir()


def test_hidden_folders_and_those_of_builds_are_left_out(folder):
    for name in ("target", "__pycache__", ".git"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("")
    assert files(folder) == [folder / "src" / "main"]


def test_a_link_to_a_folder_that_holds_it_is_not_followed(folder, tmp_path):
    (folder / "a").symlink_to(".")
    (folder / "b").symlink_to(".")
    (folder / "src" / "up").symlink_to("..")
    assert files(folder) == [folder / "src" / "main"]
    copy(folder, tmp_path / "place")
    assert not (tmp_path / "place" / "a").exists()


def test_two_links_to_one_folder_are_both_followed(folder, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "file").write_text("")
    for name in ("a", "b"):
        (folder / name).symlink_to("../shared")
    assert files(folder) == [folder / "a" / "file", folder / "b" / "file", folder / "src" / "main"]


def test_what_cannot_be_read_to_an_end_is_left_out(folder, tmp_path):
    os.mkfifo(folder / "pipe")
    (folder / "zeros").symlink_to("/dev/zero")
    (folder / "nowhere").symlink_to("no-such-file")
    assert files(folder) == [folder / "src" / "main"]
    copy(folder, tmp_path / "place")
    assert sorted(path.name for path in (tmp_path / "place").iterdir()) == ["empty", "src"]
