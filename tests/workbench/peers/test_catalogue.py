import re
from pathlib import Path

import pytest
from zbench.errors import PeerError
from zbench.peers import catalogue as peers
from zbench.peers.catalogue import discover, read

from tests.workbench.peers.fakes import write_peer

pytestmark = pytest.mark.usefixtures("own_cache")


DOCS = Path(__file__).parents[3] / "docs" / "peers.md"


def test_the_peers_of_zbench_are_found_and_can_be_read():
    found = discover()
    assert found.problems == []
    assert {"zbench", "actix", "akka", "kameo", "pekko"} <= set(found.found)


def test_a_folder_of_peers_and_a_peers_folder_are_found(tmp_path, monkeypatch):
    write_peer(tmp_path / "many", "one")
    write_peer(tmp_path / "many", "two")
    alone = write_peer(tmp_path, "three")
    monkeypatch.setenv(peers.VARIABLE, str(tmp_path / "many"))
    assert {"one", "two", "three"} <= set(discover([alone]).found)


def test_a_package_names_its_peer_by_an_entry_point(tmp_path, monkeypatch):
    package = write_peer(tmp_path, "packaged")
    (package / "__init__.py").touch()
    info = tmp_path / "packaged-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: packaged\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[zbench.peers]\nany = packaged\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert discover()["packaged"].source == "package packaged"


def test_a_peer_that_cannot_be_read_is_told_and_the_others_work(tmp_path):
    write_peer(tmp_path, "good")
    write_peer(tmp_path, "bad", more="speed = 9")
    found = discover([tmp_path, tmp_path / "nowhere"])
    assert "good" in found.found
    assert "bad" not in found.found
    assert any("speed is not something that zbench knows" in p for p in found.problems)
    assert any("no peer.toml" in p for p in found.problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "fake"\n', 'name = "Fake One"\n', "name must be small letters"),
        ('name = "fake"\n', 'name = "zbench"\n', "name must be small letters"),
        ('"counting"', '"countin"', "did you mean counting?"),
        ("iterations = 8", "iterations = true", "iterations must be"),
        ("iterations = 8", "iterations = 0", "iterations must be at least 1"),
        ("[run]", "[walk]", "run is missing"),
        ("[run]", "[build]\ncommands = [[]]\n[run]", "commands must start with a program, got []"),
        ("[run]", "[[variants]]\nname = 'x'\ncommand = []\n[run]", "command must start with a"),
        ("[run]", "[[tools]]\nname = 't'\nget = 'g'\nversion = ['']\n[run]", "version must start"),
        ("command = [", 'command = ["a\\u0000b", ', "command must be a list of words"),
        ("[run]", "[run", "peer.toml: "),
    ],
)
def test_what_is_wrong_with_a_peer_toml_is_said(tmp_path, old, new, said):
    path = write_peer(tmp_path) / "peer.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(PeerError, match=re.escape(said)):
        read(path.parent, "test")
