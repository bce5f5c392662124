"""The programs on the pages print what the pages say; run uncompiled, to be quick."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRINTED = {
    ("README.md", "actors"): ["3"],
    ("docs/actors.md", "first"): ["5050"],
    ("docs/actors.md", "supervised"): ["too much work", "worker"],
    ("docs/actors.md", "watch"): ["failed\n"],
    ("docs/actors.md", "questions"): ["42\n"],
}


def programs(page):
    text = (ROOT / page).read_text()
    return dict(re.findall(r"<!-- program: (\w+) -->\n```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize(("page", "name"), PRINTED)
def test_a_program_of_a_page_prints_what_the_page_says(tmp_path, page, name):
    path = tmp_path / "program.py"
    path.write_text(programs(page)[name])
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for text in PRINTED[page, name]:
        assert text in done.stdout


@pytest.mark.parametrize("page", sorted({page for page, _ in PRINTED}))
def test_every_program_of_a_page_is_run_here(page):
    assert {(page, name) for name in programs(page)} == {key for key in PRINTED if key[0] == page}
    assert len(re.findall(r"^```python$", (ROOT / page).read_text(), re.M)) == len(programs(page))


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_of_a_page_leads_to_a_file(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target
