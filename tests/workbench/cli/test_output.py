"""What the commands print, to whatever standard output is."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import zbench.cli
from zbench.cli import output
from zbench.reports.wording import plain
from zbench.store.database import Store

from tests.reports.samples import result, run_of

LABEL = "a\\[/b]:rocket:\U0001f680"
OF_PRINTERS = {"print", "Console", "Table", "Text", "echo", "secho", "stdout"}
NAMES = ast.Name | ast.Attribute
PRINTERS = {"output.py", "table.py", "progress.py"}
COMMAND = [sys.executable, "-m", "zbench.cli"]


@pytest.fixture
def kept(tmp_path, environment):
    """The environment of a command whose store holds a run with markup, emoji and escapes."""
    with Store(environment["ZBENCH_STORE"]) as store:
        words = {"[bold]": ":rocket:", "w": "\x1b[2J\n"}
        store.save(run_of(result("\u65e5\u672c\u8a9e", parameters=words), label=LABEL))
    return environment


def started(words, environment, **streams):
    return subprocess.run(
        [*COMMAND, *words], env=environment, stderr=subprocess.PIPE, timeout=60, **streams
    )


@pytest.mark.parametrize("words", [["runs"], ["show"], ["export", "latest"], ["--help"]])
def test_a_full_device_gets_one_line_and_exit_code_2(kept, words):
    with Path("/dev/full").open("wb") as full:
        done = started(words, kept, stdout=full)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("zbench: ")
    assert line.endswith("No space left on device")


@pytest.mark.parametrize("words", [["runs"], ["show"], ["export", "latest"], ["--help"]])
def test_a_reader_that_has_had_enough_ends_the_command_quietly(kept, words):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = started(words, kept, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_has_had_enough_changes_no_exit_code():
    """What was found counts, whether or not somebody reads the table."""
    text = (
        "import os, sys; from zbench.cli import output; output.prepare(); "
        "output.write_raw('x' * 100_000); sys.exit(output.settle(1))"
    )
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-c", text], stdout=writing, stderr=subprocess.PIPE, timeout=60
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["runs", "show nothing"])
def test_closed_streams_are_nowhere_and_change_no_file(kept, tmp_path, closed, words):
    before = (tmp_path / "results.db").read_bytes()
    line = f"exec {sys.executable} -m zbench.cli {words} {closed}"
    done = subprocess.run(["sh", "-c", line], env=kept, capture_output=True, timeout=60)
    assert done.returncode == (0 if words == "runs" else 2)
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "results.db").read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "dumb", "NO_COLOR": "1"},
    ],
    ids=["ascii", "C", "dumb"],
)
@pytest.mark.parametrize("words", [["runs"], ["show"]])
def test_any_locale_and_terminal_can_show_any_text(kept, changes, words):
    done = started(words, kept | changes, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"a\\[/b]:rocket:" in done.stdout
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\udcff", "\\udcff"),
        ("\u202etxt", "\\u202etxt"),
        ("1\u00a0\U0001f469\u200d\U0001f680 [/b]:rocket:", None),
    ],
)
def test_text_is_text_and_escapes_are_visible(capsys, text, shown):
    shown = text if shown is None else shown
    assert plain(text) == shown
    output.say(text)
    assert capsys.readouterr().out == shown + "\n"
    assert output.complain(text, 2) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_only_these_modules_print():
    """All others call them, so that no text is taken for markup."""
    folder = Path(zbench.cli.__file__).parent
    found = {
        f"{path.name}: {ast.unparse(node)}"
        for path in folder.glob("*.py")
        if path.name not in PRINTERS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, NAMES) and ast.unparse(node).rpartition(".")[2] in OF_PRINTERS
    }
    assert found == set()


def test_progress_never_reads_markup():
    source = (Path(zbench.cli.__file__).parent / "progress.py").read_text()
    columns = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "TextColumn"
    ]
    assert columns
    assert all("markup=False" in ast.unparse(column) for column in columns)
