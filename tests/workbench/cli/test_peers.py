import json
import subprocess
import sys

import pytest

from tests.workbench.peers.fakes import write_peer

pytestmark = pytest.mark.usefixtures("own_cache")


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
    table = [line for line in done.stdout.splitlines() if ": " not in line]  # not what to do
    assert max(map(len, table)) <= 80
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


@pytest.mark.parametrize("path", ["/no/such/folder", "/dev/null", "."])
def test_a_path_without_a_peer_is_refused(tmp_path, path):
    for words in (["peers"], ["versus", "ping-pong"]):
        command = [sys.executable, "-m", "zbench.cli", *words, "--peers-path", path]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=100)
        assert done.returncode == 2
        assert done.stderr == (
            f"zbench: --peers-path: there is no peer.toml in '{path}' nor in a folder of it\n"
        )
