"""The guide to scenarios: its files measure, its commands exist, its messages are the real ones."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import zbench.scenarios
from zbench.catalogue.elsewhere import read
from zbench.cli.main import app
from zbench.errors import ScenarioError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text()
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL))
(CHECKED,) = re.findall(r"<!-- in queues.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)
FILES["checked.py"] = FILES["queues.py"].replace(
    "        return Sample(elapsed, self.items)\n", CHECKED
)
SMALL = {
    "tennis.py": {},
    "pairs.py": {"passes": 50, "pairs": 3, "workers": 2},
    "queues.py": {"items": 50},
    "checked.py": {"items": 50},
    "latency.py": {"passes": 50},
}
RUN = """
import importlib, json, sys
for name, parameters in json.loads(sys.argv[1]).items():
    prepared = importlib.import_module(name[:-3]).SCENARIOS[0].prepare(parameters)
    for _ in range(2):
        sample = prepared.run()
        times = None if sample.latency is None else int(sample.latency.sum())
        print(name, sample.error, sample.messages, sample.checked, times)
    prepared.close()
"""


def saved(folder):
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("PASSES = 500_000", "PASSES = 50"))


def python(folder, *arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_file_of_the_guide_gives_the_right_answer_uncompiled(tmp_path):
    saved(tmp_path)
    said = python(tmp_path, "-c", RUN, json.dumps(SMALL), NUMBA_DISABLE_JIT="1")
    assert said.splitlines() == [
        line
        for one in (
            "tennis.py None 51 True None",
            "pairs.py None 153 True None",
            "queues.py None 50 False None",
            "checked.py None 50 True None",
            "latency.py None 51 True 50",
        )
        for line in (one, one)
    ]


def test_the_test_of_the_guide_passes(tmp_path):
    saved(tmp_path)
    command = ("-m", "pytest", "-q", "-n", "0", "test_pairs.py")
    assert "1 passed" in python(tmp_path, *command, NUMBA_DISABLE_JIT="1")


@pytest.mark.long
@pytest.mark.parametrize("name", ["tennis.py", "pairs.py", "latency.py"])
def test_each_file_of_the_guide_is_measured_compiled(tmp_path, name):
    saved(tmp_path)
    command = ("-m", "zbench", "run", f"./{name}", "--quick", "--processes", "1", "-o", "none")
    said = python(tmp_path, *command, ZBENCH_STORE=str(tmp_path / "results.db"))
    assert re.search(r"^tennis\S* +[\d.,]+ ", said, re.MULTILINE)
    assert "not verified" not in said


WRONG = {
    "defines no SCENARIOS": ("SCENARIOS = ", "OTHERS = "),
    "SCENARIOS of ... must be a tuple": (",)\n", ")\n"),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_message_that_the_guide_explains_is_the_real_one(tmp_path, message):
    old, new = WRONG[message]
    path = tmp_path / "tennis.py"
    path.write_text(new.join(FILES["tennis.py"].rsplit(old, 1)))
    with pytest.raises(ScenarioError, match=message.replace("...", ".*")):
        read(f"file:{path}", 60.0)
    assert f"`{message}`" in PAGE


def commands(text):
    """The zbench commands of a page's shell blocks and workflows."""
    for block in re.findall(r"```(?:sh|yaml)\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            yield from re.findall(r"(?:^ *|&& |; |run: )(zbench [^#;|&]*)", line)


PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_that_zbench_takes(page):
    for text in commands((ROOT / page).read_text()):
        command, words = typer.main.get_command(app), shlex.split(text)[1:]
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        group = hasattr(command, "commands")
        assert not group or not words or words[0].startswith("-"), text
        command.make_context(command.name, words, resilient_parsing=group)


def test_the_workflow_runs_the_commands_that_the_guide_explains():
    (plain,) = re.findall(r"<!-- ci -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    (workflow,) = re.findall(r"<!-- ci workflow -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    flat = " ".join(workflow.replace("\\\n", " ").replace('"origin/$GITHUB_BASE_REF"', "").split())
    for line in plain.splitlines():
        assert line.replace(" origin/main", "").strip() in flat


def test_the_names_for_authors_are_there_and_importing_them_loads_no_compiler():
    assert all(getattr(zbench.scenarios, name) for name in zbench.scenarios.__all__)
    assert not hasattr(zbench.scenarios, "ActorSystem")
    code = "import sys, zbench.scenarios; from zbench.scenarios import Sample; print(*sys.modules)"
    assert "numba" not in python(ROOT, "-I", "-c", code).split()
