"""Fake peers on disk."""

import json
import shutil
import sys
from pathlib import Path

HARNESS = Path(__file__).with_name("fake_harness.py")


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
