"""Every option and argument of every command, with values that break programs.

Commands and options are read from the app, so that new ones are tested too. Nothing is measured
or built.
"""

import functools
import signal
import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest
import typer.main
from zbench.checks import doctor, targets
from zbench.measure import session
from zbench.peers import build
from zbench.store.database import Store
from zbench.versus import session as versus_session

from tests.reports.samples import result, run_of
from tests.workbench.cli import hostile

MINE = str(Path(__file__).with_name("mine.py"))
get_command = functools.cache(typer.main.get_command)  # half the time of a call
COMPLETION = {"install_completion", "show_completion"}  # they change the shell's files


def good(parameter, words):
    """A value that the command takes."""
    if parameter.name == "names":
        return "counting" if words[-1] == "versus" else MINE
    return "latest"


PARAMETERS = [
    pytest.param(words, command, parameter, id=" ".join((*words, parameter.name)))
    for words, command in hostile.commands()
    for parameter in command.params
    if parameter.name not in COMPLETION | {"help"}
]


@pytest.fixture
def idle(tmp_path, monkeypatch):
    """A folder with a store; measuring, building and browsing do nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZBENCH_STORE", str(tmp_path / "results.db"))
    with Store() as store:
        store.save(run_of(result("a", parameters={"word": "[/b]\x1b|"}), label="a\\[/b]:rocket:"))

    def measured(items, settings, *_):
        return session.RunSession(items, settings, "2026-01-02T03:04:05+0000", 0.0, True)

    def compared(cells, settings, *_):
        return versus_session.VersusSession(cells, settings, "2026-01-02", 0.0, True)

    monkeypatch.setattr(session, "measure", measured)
    monkeypatch.setattr(versus_session, "measure", compared)
    monkeypatch.setattr(targets, "measure_targets", lambda *_: [])
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding("x", "ok", "found")])
    monkeypatch.setattr(build, "build", lambda found, *_: replace(found, built={"seconds": 1.0}))
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    monkeypatch.setattr(typer.main, "get_command", get_command)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def words_with(words, command, parameter, value):
    """The command line that gives a parameter this value, and good ones to what is needed."""
    options, arguments = [], []
    for other in command.params:
        is_it = other is parameter
        if not is_it and not other.required:
            continue
        text = value if is_it else good(other, words)
        if other.param_type_name == "argument":
            arguments.append(text)
        elif getattr(other, "is_flag", False):
            options.append(f"{other.opts[-1]}={text}")
        else:
            options += [other.opts[-1], text]
    return [*words, *options, "--", *arguments] if arguments else [*words, *options]


@pytest.mark.parametrize(("words", "command", "parameter"), PARAMETERS)
def test_any_value_is_taken_or_refused_in_one_line(
    idle, capsys, monkeypatch, words, command, parameter
):
    for value in hostile.TEXTS:
        asked = words_with(words, command, parameter, value)
        hostile.assert_is_answered(*hostile.call(asked, capsys, monkeypatch), asked)
