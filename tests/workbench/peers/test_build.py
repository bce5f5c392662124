import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock
from zbench.errors import PeerError
from zbench.peers import build as peer_build
from zbench.peers.build import DONE, PeerState, build, status
from zbench.peers.catalogue import Tool, read

from tests.workbench.peers.fakes import write_peer

pytestmark = pytest.mark.usefixtures("own_cache")


def test_a_missing_tool_is_a_state_and_says_how_to_get_it(tmp_path):
    folder = write_peer(
        tmp_path, tools=[("nothing", ["no-such-tool-here", "-v"], "apt install it")]
    )
    found = status(read(folder, "test"))
    assert found.state == PeerState.MISSING
    assert found.to_do == "nothing is missing: apt install it"
    with pytest.raises(PeerError, match="nothing is missing"):
        build(found, lambda *_: None)


def test_a_tool_that_is_too_old_is_missing(tmp_path):
    tool = Tool("python", (sys.executable, "--version"), "a newer one", at_least="99.1")
    assert "needs 99.1: a newer one" in peer_build.probe(tool).remedy
    assert peer_build.probe(Tool("python", tool.version, "", at_least="3.2")).usable


def test_a_peer_is_built_in_the_cache_once_and_again_when_its_source_changes(tmp_path):
    make = [sys.executable, "-c", "open('made', 'a').write('x'); print('made it')"]
    folder = write_peer(tmp_path, build=[make])
    before = status(read(folder, "test"))
    assert before.state == PeerState.NOT_BUILT
    after = build(before, lambda *_: None)
    assert after.state == PeerState.READY
    assert after.place is not None
    assert after.place.is_relative_to(tmp_path / "cache")
    assert not (folder / "made").exists()
    assert "made it" in peer_build.log_path(after.place).read_text()
    build(after, lambda *_: None)
    build(before, lambda *_: None)  # as by another process that looked before the first one ended
    assert (after.place / "made").read_text() == "x"
    with (folder / "harness.py").open("a") as source:
        source.write("\n")
    assert status(read(folder, "test")).state == PeerState.NOT_BUILT


def test_source_behind_a_link_is_copied_and_looked_at_for_changes(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "main").write_text("one")
    folder = write_peer(tmp_path, build=[[sys.executable, "-c", "open('src/main').close()"]])
    (folder / "src").symlink_to("../shared")
    after = build(status(read(folder, "test")), lambda *_: None)
    assert after.place is not None
    assert not (after.place / "src").is_symlink()
    (shared / "main").write_text("two")
    assert status(read(folder, "test")).state == PeerState.NOT_BUILT


def test_a_failed_build_keeps_its_log_and_says_where(tmp_path):
    fail = [sys.executable, "-c", "raise SystemExit('the compiler is unwell')"]
    peer = read(write_peer(tmp_path, build=[fail]), "test")
    with pytest.raises(PeerError, match="the compiler is unwell"):
        build(status(peer), lambda *_: None)
    found = status(peer)
    assert found.state == PeerState.FAILED
    assert str(peer_build.log_path(found.place)) in found.to_do


def test_a_peer_that_is_being_built_is_not_called_failed(tmp_path):
    """The log is there from the first moment; only the lock tells who writes it."""
    peer = read(write_peer(tmp_path, "made", build=[[sys.executable, "-c", "print(1)"]]), "test")
    after = build(status(peer), lambda *_: None)
    assert after.state == PeerState.READY
    place = after.place
    (place / DONE).unlink()
    assert status(peer).state == PeerState.FAILED
    with FileLock(place.with_name(place.name + ".lock")):
        found = status(peer)
        assert found.state == PeerState.BUILDING
        assert str(place) in found.to_do
        assert "\n" not in found.to_do
    assert status(peer).state == PeerState.FAILED


def test_a_cache_that_cannot_be_written_is_refused_in_one_line(tmp_path, monkeypatch):
    folder = write_peer(tmp_path, build=[[sys.executable, "-c", "pass"]])
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(PeerError, match=r"can't build .*: Not a directory; set ZBENCH_CACHE"):
        build(status(read(folder, "test")), lambda *_: None)


def test_a_process_that_a_tool_leaves_behind_is_ended_not_waited_for(tmp_path):
    """It holds what the tool writes to."""
    code = "import subprocess as s, pathlib; child = s.Popen(['sleep', '60']); print('1.5');"
    code += f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))"
    assert peer_build.probe(Tool("left", (sys.executable, "-c", code), "")).version == "1.5"
    state = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    until = time.monotonic() + 20
    while state.exists() and " Z " not in state.read_text() and time.monotonic() < until:
        time.sleep(0.01)
    assert not state.exists() or " Z " in state.read_text()


def test_a_command_that_cannot_be_started_is_said(tmp_path):
    peer = read(write_peer(tmp_path, build=[["./no-such-program"]]), "test")
    with pytest.raises(PeerError, match="No such file or directory"):
        build(status(peer), lambda *_: None)
