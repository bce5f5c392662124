import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import zbench
from zbench.peers.answers import SHARED, expected
from zbench.peers.build import PeerState, status
from zbench.peers.catalogue import Peer, discover, read

from tests.workbench.peers.fakes import HARNESS

DOCS = Path(__file__).parents[3] / "docs" / "peers.md"
pytestmark = pytest.mark.usefixtures("own_cache")


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
