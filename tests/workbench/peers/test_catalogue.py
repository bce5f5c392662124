import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import zbench
from zbench.errors import PeerError
from zbench.peers import build as peer_build
from zbench.peers import catalogue as peers
from zbench.peers.answers import SHARED, Stream, expected
from zbench.peers.build import PeerState, build, status
from zbench.peers.catalogue import Peer, Tool, discover, read

from tests.workbench.peers.fakes import HARNESS, write_peer

DOCS = Path(__file__).parents[3] / "docs" / "peers.md"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(peers.VARIABLE, raising=False)
    peer_build.probe.cache_clear()


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
        ("[run]", "[run", "peer.toml: "),
    ],
)
def test_what_is_wrong_with_a_peer_toml_is_said(tmp_path, old, new, said):
    path = write_peer(tmp_path) / "peer.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(PeerError, match=re.escape(said)):
        read(path.parent, "test")


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


def test_streams_begin_as_the_protocol_says():
    stream = Stream(1, 0)
    assert stream.state == 163300255925012852
    assert [stream.value() for _ in range(2)] == [2339463327, 3208186107]
    stream = Stream(42, 0)
    assert [stream.below(120) for _ in range(4)] == [3, 101, 1, 67]


def test_the_documented_answers_are_the_right_ones():
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (`.*\)) \|.*\| (-?\d+), (-?\d+) \|$", DOCS.read_text(), re.M
    )
    assert [row[0] for row in rows] == list(SHARED)
    for name, parameters, messages, answer in rows:
        shared = SHARED[name]
        defaults = {k: int(v) for k, v in re.findall(r"`([a-z]+)` \((\d+)\)", parameters)}
        assert defaults == dict(shared.defaults), name
        found = expected(name, shared.defaults, 1)
        assert (found.messages, found.answer) == (int(messages), int(answer)), name


def _blocks(path):
    """The documented example's files by name."""
    text = path.read_text()
    return dict(re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", text, re.S))


def test_the_documented_example_is_a_peer_that_follows_the_schema(tmp_path):
    for name, content in _blocks(DOCS).items():
        (tmp_path / name).write_text(content)
    peer = read(tmp_path, "docs")
    command = [w.replace("{build}", str(tmp_path)) for w in peer.run]
    _check_harness(command, "counting", {"messages": 200})


def _check_harness(command, scenario, parameters, arguments=()):
    """Lines follow the schema, and the answers are right."""
    words = [f"{key}={value}" for key, value in parameters.items()]
    asked = [scenario, "--threads", "1", "--iterations", "2", "--seed", "7", "--warmups", "1"]
    for word in words:
        asked += ["-p", word]
    asked += arguments
    done = subprocess.run([*command, *asked], capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    schema = json.loads((Path(zbench.__file__).parent / "peer-protocol.schema.json").read_text())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        jsonschema.validate(line, schema)
    right = expected(scenario, parameters, 7)
    assert [line["kind"] for line in lines] == ["peer", "iteration", "iteration"]
    for number, line in enumerate(lines[1:]):
        assert (line["messages"], line["answer"]) == (right.messages, right.answer)
        assert (line["iteration"], line["warmup"]) == (number, number == 0)
        assert line["parameters"] == parameters


def _small(name):
    """A size for smoke tests."""
    shared = SHARED[name]
    small = {"pings": 300, "messages": 2000, "hops": 500, "meetings": 200, "transfers": 300}
    small |= {"size": 8, "requests": 5, "clients": 20, "width": 7, "creatures": 10}
    small |= {"accounts": 30, "rate": 100_000}
    found = {k: small.get(k, v) for k, v in shared.defaults.items()}
    if name in ("big", "fork-join-throughput", "fork-join-creation", "n-queens"):
        found["actors"] = 12
    return found


USERS_CACHE = os.environ.get("ZBENCH_CACHE")  # where peers may have been built
BUILT = [peer for peer in discover().found.values() if peer.folder is not None]


@pytest.mark.parametrize("name", list(SHARED))
@pytest.mark.parametrize("peer", BUILT, ids=lambda peer: peer.name)
def test_a_built_peer_answers_right(peer: Peer, name, monkeypatch):
    if USERS_CACHE is None:
        monkeypatch.delenv("ZBENCH_CACHE")
    else:
        monkeypatch.setenv("ZBENCH_CACHE", USERS_CACHE)
    found = status(peer)
    if found.state != PeerState.READY:
        pytest.skip(f"{peer.name}: {found.state}, {found.to_do}")
    if name not in peer.scenarios:
        pytest.skip(f"{peer.name} has no {name}")
    folder = found.place or peer.folder
    for variant in peer.variants:
        command = [*(variant.command or peer.run)]
        command = [w.replace("{build}", str(folder)).replace("{threads}", "1") for w in command]
        if "/" in command[0]:
            command[0] = str(folder / command[0])
        _check_harness(command, name, _small(name), variant.arguments)


def test_the_fake_harness_follows_the_protocol():
    _check_harness([sys.executable, str(HARNESS)], "counting", {"messages": 100})


def _call(tmp_path, *words):
    command = [sys.executable, "-m", "zbench.cli", *words, "--peers-path", str(tmp_path / "peers")]
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=100)


def test_the_command_lists_states_and_what_to_do(tmp_path):
    write_peer(tmp_path / "peers", "plain")
    write_peer(tmp_path / "peers", "gone", tools=[("lost", ["no-such-tool"], "look for it")])
    write_peer(tmp_path / "peers", "made", build=[[sys.executable, "-c", "print(1)"]])
    done = _call(tmp_path, "peers")
    assert done.returncode == 0, done.stderr
    assert "gone: lost is missing: look for it" in done.stdout
    assert "made: zbench peers build made" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    listed = {one["name"]: one for one in json.loads(_call(tmp_path, "peers", "--json").stdout)}
    states = {name: listed[name]["state"] for name in ("plain", "gone", "made")}
    assert states == {"plain": "ready", "gone": "tools missing", "made": "not built"}


def test_the_command_builds_and_leaves_out_what_lacks_tools(tmp_path):
    write_peer(tmp_path / "peers", "gone", tools=[("lost", ["no-such-tool"], "look for it")])
    write_peer(tmp_path / "peers", "made", build=[[sys.executable, "-c", "print(1)"]])
    write_peer(tmp_path / "peers", "bad", build=[[sys.executable, "-c", "raise SystemExit(9)"]])
    done = _call(tmp_path, "peers", "build", "gone", "made")
    assert done.returncode == 0, done.stderr
    assert "gone is left out: lost is missing: look for it" in done.stderr
    assert "made: built in" in done.stdout
    assert "built already" in _call(tmp_path, "peers", "build", "made").stdout
    done = _call(tmp_path, "peers", "build", "bad")
    assert done.returncode == 1
    assert "ended with exit code 9" in done.stderr
    assert "Traceback" not in done.stderr
