"""Values that break programs, and the command line called with them in this process."""

import re
import sys

import pytest
import typer
from zbench.cli.main import app, main

TEXTS = (
    "",
    " ",
    "-",
    "[/b]",
    "[bold red]x[/]\\[",
    "v1:rocket:2",
    "a\nb",
    "\x1b[31mred\x07",
    "\udcff",
    "\u202etxt",
    "a|b<script>alert(1)</script>",
    "=1+1",
    "%s%n{0}{x}",
    "what?.db",
    "a#b%20c d",
    "\u65e5\u672c\u8a9e\U0001f680" * 20,
    "x" * 5000,
    "9" * 5000,
    str(2**63),
    "-1",
    "1e999",
    "nan",
    "a,b,,",
    "latest",
    "./no/such/file.py",
    "/",
    "/dev/null/x",
    "/proc/nowhere/x.json",
    "sqlite:///",
    "postgresql://",
)
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


def commands():
    """Every command and group of the app, with the words that call it."""
    waiting = [((), typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        yield words, command
        for name, below in getattr(command, "commands", {}).items():
            waiting.append(((*words, name), below))


def call(words, capsys, monkeypatch):
    """Call the command line: its exit code, standard output, and lines on stderr."""
    monkeypatch.setattr(sys, "argv", ["zbench", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return ended.value.code, out, err.splitlines()


def assert_is_answered(code, out, lines, words):
    """The call worked, or one line says why not; nothing printed acts on a terminal."""
    assert code in (0, 1, 2, 3), (words, lines)
    errors = [line for line in lines if "left out" not in line and "warning" not in line]
    if code == 2:
        assert len(errors) == 1, (words, lines)
        assert errors[0].startswith("zbench: "), (words, lines)
    for line in (*out.splitlines(), *lines):
        assert not CONTROL.search(line), (words, line)
