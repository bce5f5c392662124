"""A comparison on the terminal: which p99 is which, and ratios that newcomers can read."""

import pytest
from zbench.cli.console import show_results
from zbench.cli.versus_console import show_versus
from zbench.reports import page
from zbench.reports.units import ratio

from tests.reports.samples import compared, result, run_of

UNDER_LOAD = run_of(
    *(
        compared(peer, times, figure="p99 ns", value=2.5e6)
        for peer, times in (("zbench", 1), ("b", 2))
    )
)


def test_the_two_p99_of_a_side_have_different_headings_and_an_explanation(capsys):
    show_versus(UNDER_LOAD)
    lines = capsys.readouterr().out.splitlines()
    (head,) = [line for line in lines if line.startswith("side")]
    assert "median p99" in head
    assert "2.5 ms" in next(line for line in lines if line.startswith("b "))
    (other,) = [line for line in lines if " p99 " in line and line is not head]
    assert other.startswith("all messages")
    assert any(line.startswith("median p99: of one iteration") for line in lines)
    assert max(map(len, lines)) <= 80


def test_the_two_sizes_of_an_actor_have_an_explanation_on_the_terminal_and_on_the_page(capsys):
    sizes = {"retained_bytes_per_actor": 152.0, "resident_bytes_per_actor": 554.0}
    run = run_of(compared("zbench", 1, **sizes), compared("b", 2, **sizes))
    show_versus(run)
    lines = capsys.readouterr().out.splitlines()
    (said,) = [line for line in lines if line.startswith("live: counted by the runtime")]
    assert "RSS: growth of the process" in said
    assert max(map(len, lines)) <= 80
    assert "resident bytes are how much the process grew" in page.render([run])


def test_the_page_tells_them_apart_too_and_names_no_wrong_unit():
    text = page.render([UNDER_LOAD])
    for words in ("median p99</th>", "p99, pooled</th>", "messages of all iterations together"):
        assert words in text
    assert ">p99 ns<" not in text


def test_a_comparison_of_times_keeps_its_heading(capsys):
    show_versus(run_of(compared("zbench", 1.0), compared("b", 2.0)))
    out = capsys.readouterr().out
    assert "ns/message" in out
    assert "median p99" not in out


@pytest.mark.parametrize(
    ("value", "text"), [(0.0108, "1/93"), (0.1, "0.1"), (1.0, "1"), (42.123, "42.1"), (0.0, "0")]
)
def test_a_small_ratio_is_a_fraction(value, text, capsys):
    assert ratio(value) == text
    show_results(run_of(result("a", floor_ratio=value)))
    out = capsys.readouterr().out
    assert text in out.split()
    assert ("less time than the floor" in out) == (value < 1)
