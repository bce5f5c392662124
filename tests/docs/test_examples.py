"""The examples, run as a user runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py"))
PRINTED = {
    "basic.py": ["100 messages, their sum is 5050"],
    "ping_pong.py": ["100000 answers, 0 out of order", " ns a message"],
    "supervision_tree.py": [
        "system: 3 actors",
        "   |- worker",
        "running, 1 restart",
        "fault: ValueError: cannot do that",
        "fault: Failure: code 7",
        "work done: 2 and, since its restart, 1; restarts: 1",
    ],
    "bank_zero_copy.py": ["40000 transfers booked", "total 16000000; 0 blocks are live, 0 bytes"],
}


@pytest.mark.compiles
@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_runs_and_prints_what_it_found(name, tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / name)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for line in PRINTED[name]:
        assert line in done.stdout


def test_every_example_is_on_the_page_of_examples():
    page = (FOLDER / "README.md").read_text()
    assert set(PROGRAMS) == set(PRINTED)
    for name in PROGRAMS:
        assert f"[`{name}`]({name})" in page


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_is_short_and_uses_the_public_names_only(name):
    source = (FOLDER / name).read_text()
    assert len(source.splitlines()) < 90
    assert "from zbench.core import" in source
    assert "zbench.core." not in source
