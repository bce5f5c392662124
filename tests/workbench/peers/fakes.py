"""Fake peers on disk and in memory."""

import json
import shutil
import sys
from pathlib import Path

from zbench.peers.catalogue import Peer, Variant
from zbench.versus.session import Cell, Contender, Side

HARNESS = Path(__file__).with_name("fake_harness.py")
PARAMETERS = {"messages": 1000}


def side(name, *arguments, variant="default"):
    """A side that prints what the fake harness prints with these arguments."""
    chosen = Variant(variant, tuple(map(str, arguments)))
    peer = Peer(name, name, "Python", {}, ("counting",), (sys.executable, str(HARNESS)))
    return Side(peer, chosen, None)


def cell(*sides, iterations=8, cores=1):
    """Counting on these sides."""
    return Cell("counting", PARAMETERS, cores, [Contender(one, iterations) for one in sides])


def write_peer(folder, name="fake", variants=(), build=(), tools=(), more=""):
    """A peer's folder: the fake harness and its peer.toml."""
    place = folder / name
    place.mkdir(parents=True)
    shutil.copy(HARNESS, place / "harness.py")
    text = f'name = "{name}"\ntitle = "A fake"\nlanguage = "Python"\nscenarios = ["counting"]\n'
    text += f'versions = {{ fake = "1.0" }}\niterations = 8\n{more}\n'
    for tool, command, get in tools:
        text += f'[[tools]]\nname = "{tool}"\nversion = {json.dumps(command)}\nget = "{get}"\n'
    if build:
        text += f"[build]\ncommands = {json.dumps(build)}\n"
    run = [sys.executable, "{build}/harness.py"]
    text += f"[run]\ncommand = {json.dumps(run)}\n"
    for variant, arguments in variants:
        text += f'[[variants]]\nname = "{variant}"\narguments = {json.dumps(arguments)}\n'
    (place / "peer.toml").write_text(text)
    return place
