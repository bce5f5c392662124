"""Tables on terminals of any width."""

import io
import re
import sys

import pytest
from rich.cells import cell_len
from zbench.cli import table
from zbench.cli.console import show_results
from zbench.cli.versus_console import show_versus

from tests.reports.samples import compared, result, run_of

HEADERS = ["scenario", "ns/msg", "95% interval", "spread", "M msg/s", "x floor"]
LONG = "fork-join-throughput actors=60 messages=10000"
ROWS = [
    [LONG, "4,251", "4,199 .. 4,300", "3.4%", "0.235", "-"],
    ["\u65e5\u672c\u8a9e\u540d [/b] :rocket:", "21.3", "21.1 .. 21.4", "0.5%", "46.9", "1/93"],
    ["\U0001f680" * 9, "failed", "", "", "", ""],
]
WIDE = ["1", "a label", "2026-01-02 03:04", "ping-pong, counting, thread-ring", "interrupted"]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Call a function with a terminal of some columns: the lines that it printed."""

    def shown(columns, call, *arguments, **options):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "dumb" if columns % 2 else "xterm")
        out = Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        call(*arguments, **options)
        return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()

    return shown


@pytest.mark.parametrize("columns", [*range(20, 61, 4), 79, 80, 81, 120, 200])
def test_no_figure_is_cut_and_no_line_is_too_long(terminal, columns):
    lines = terminal(columns, table.show, HEADERS, ROWS)
    text = "\n".join(lines)
    for row in ROWS:
        for figure in " ".join(row[1:]).split():
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d.,])", text), figure
    for word in ["fork-join-throughput", "actors=60", "messages=10000"]:
        assert word in text
    assert max(map(cell_len, lines)) <= columns


@pytest.mark.parametrize("columns", range(20, 101, 8))
def test_columns_of_names_fold_between_words(terminal, columns):
    lines = terminal(columns, table.show, list("abcde"), [WIDE], left=5)
    for word in " ".join(WIDE).split():
        assert word in " ".join(lines)
    assert max(map(cell_len, lines)) <= columns


@pytest.mark.parametrize("columns", range(20, 101, 8))
def test_every_table_of_a_run_fits(terminal, columns):
    figures = result("a", 4251.0, parameters={"workers": 1}, extra={"spills": 1234567.0})
    lines = terminal(columns, show_results, run_of(figures))
    assert "4,251" in " ".join(lines).split()
    tables = [line for line in lines if not line.startswith(("warning", "x floor", "below 1"))]
    assert max(map(cell_len, tables)) <= columns
    terminal(columns, show_versus, run_of(compared("zbench", 1.0), compared("other", 2.0)))


def test_a_word_longer_than_the_terminal_is_not_lost(terminal):
    lines = terminal(20, table.show, ["a", "b"], [["x" * 50, "1" * 30]])
    assert "x" * 50 in lines
    assert "1" * 30 in "".join(lines)


def test_eighty_columns_are_a_plain_table_when_piped(capsys):
    table.show(HEADERS, ROWS[:1])
    assert capsys.readouterr().out.splitlines() == [
        "scenario                        ns/msg    95% interval  spread  M msg/s  x floor",
        "fork-join-throughput actors=60   4,251  4,199 .. 4,300    3.4%    0.235        -",
        "messages=10000",
    ]
