"""``zbench list``: all, some, a user's own; and the ways of naming files and several things."""

import json
import signal
from pathlib import Path

import pytest
from rich.cells import cell_len
from zbench.measure import session
from zbench.versus import session as versus_session

from tests.workbench.cli import hostile
from tests.workbench.peers.fakes import write_peer

MINE = str(Path(__file__).with_name("mine.py"))


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Call the command line in an empty folder: its exit code, lines, and lines on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZBENCH_STORE", str(tmp_path / "results.db"))
    before = signal.getsignal(signal.SIGTERM)

    def called(*words):
        code, out, err = hostile.call(words, capsys, monkeypatch)
        return code, out.splitlines(), err

    yield called
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def asked(monkeypatch):
    """The items or cells that commands would have measured."""
    found = []

    def measured(items, settings, *_):
        found[:] = [item.name for item in items if item.requested]
        return session.RunSession(items, settings, "2026-01-02T03:04:05+0000", 0.0, True)

    def compared(cells, settings, *_):
        found[:] = [cell.scenario for cell in cells]
        return versus_session.VersusSession(cells, settings, "2026-01-02", 0.0, True)

    monkeypatch.setattr(session, "measure", measured)
    monkeypatch.setattr(versus_session, "measure", compared)
    return found


def test_a_named_scenario_explains_what_else_it_counts(call):
    _, lines, _ = call("list", "actor-creation")
    counted = [line for line in lines if "also counted: " in line]
    assert any("bytes_per_actor  growth of the process" in line for line in counted)
    assert any("table_bytes_per_actor  rows of one actor" in line for line in counted)


def test_all_scenarios_take_a_line_or_two_each_of_eighty_columns(call):
    code, lines, _ = call("list")
    assert code == 0
    listed = json.loads("\n".join(call("list", "--json")[1]))
    assert all(any(line.startswith(one["name"]) for line in lines) for one in listed)
    assert len(lines) < 3 * len(listed)
    assert max(map(cell_len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["thread-ring"], {"thread-ring"}),
        (["fork"], {"fork-join-throughput", "fork-join-creation"}),
        (["floor"], {"floor-cache-line", "floor-ring", "floor-call", "floor-copy"}),
        ([MINE], {"mine"}),
        ([MINE, "thread-ring,big"], {"mine", "thread-ring", "big"}),
    ],
)
def test_named_scenarios_and_those_of_a_file_are_listed_with_parameters(call, words, names):
    code, lines, err = call("list", *words)
    assert (code, err) == (0, [])
    heads = {line.split()[0] for line in lines if not line.startswith(" ")}
    assert heads >= names
    assert len(heads) <= len(names) + 2
    listed = json.loads("\n".join(call("list", *words, "--json")[1]))
    assert {one["name"] for one in listed} == heads
    for one in listed:
        for parameter in one["parameters"]:
            assert any(f"-p {parameter['name']}=" in line for line in lines)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("thread-rign", "did you mean thread-ring?"),
        ("./none.py", "there is no file"),
        ("[b]", "no scenario is called '[b]'"),
    ],
)
def test_what_is_not_there_is_not_listed(call, word, said):
    code, _, err = call("list", word)
    assert code == 2
    assert said in err[0]


@pytest.mark.parametrize("words", [["counting", "thread-ring"], ["counting,thread-ring"]])
@pytest.mark.parametrize("command", ["run", "versus", "gate"])
def test_several_names_may_be_written_with_commas_or_spaces(call, asked, tmp_path, command, words):
    write_peer(tmp_path / "peers", "one", more="")
    more = {
        "versus": ["--peers-path", "peers", "--peers", "one", "--cores", "1"],
        "gate": ["--baseline", "base.json"],
    }
    if command == "gate":
        call("run", "counting")
        (tmp_path / "base.json").write_text(
            '{"format": 1, "id": 1, "label": null, "started": "", "duration_s": 1.0, '
            '"complete": true, "host": {}, "results": []}'
        )
    call(command, *words, *more.get(command, []))
    assert list(dict.fromkeys(asked)) == ["counting", "thread-ring"]


@pytest.mark.parametrize("option", ["-o", "--report"])
def test_every_command_that_writes_a_page_takes_the_same_options(call, asked, tmp_path, option):
    for command in (["run", "counting"], ["versus", "counting"], ["report"]):
        code, _, err = call(*command, option, str(tmp_path))
        assert code == 2
        assert "it is a folder" in err[-1]
        assert call(*command, option, "no/such/page.html")[2][-1].startswith("zbench: can't write")


@pytest.mark.parametrize("command", ["run", "versus"])
def test_json_for_a_script_writes_no_page_unless_one_is_named(call, monkeypatch, tmp_path, command):
    write_peer(tmp_path / "peers", "one")
    more = ["--peers-path", "peers", "--peers", "one", "--cores", "1"]
    words = [command, "counting", *(more if command == "versus" else [])]
    chosen = []
    monkeypatch.setattr(f"zbench.cli.{command}.write_report", lambda _, page: chosen.append(page))
    for module, made in ((session, session.RunSession), (versus_session, None)):
        made = made or versus_session.VersusSession
        monkeypatch.setattr(module, "measure", lambda i, s, _, m=made: m(i, s, "2026", 0.0, True))
    for options in ([], ["--json"], ["--json", "-o", "a.html"], ["-o", "none"]):
        call(*words, *options)
    assert chosen == ["report.html", "none", "a.html", "none"]


@pytest.mark.parametrize(
    ("scenario", "assignment"),
    [
        ("n-queens", "size=40"),
        ("bank", "accounts=1"),
        ("counting", f"messages={10**30}"),
        ("big", "pings=999999999999"),
        ("all", "tokens=100001"),
    ],
)
def test_a_comparison_refuses_what_would_never_end(call, asked, tmp_path, scenario, assignment):
    write_peer(tmp_path / "peers", "one")
    more = ["--peers-path", "peers", "--peers", "one", "--cores", "1", "-p", assignment]
    code, _, err = call("versus", scenario, *more)
    assert code == 2
    assert "must be" in err[-1]
