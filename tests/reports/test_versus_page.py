import dataclasses
import re

from zbench.reports import plots, versus
from zbench.reports.page import render

from tests.reports.samples import compared, result, run_of


def test_sides_of_the_same_work_are_grouped():
    one, two = compared("zbench", 1), compared("actix", 4, "tuned")
    other = compared("zbench", 1, cores=2)
    assert versus.groups([one, result("alone"), two, other]) == [[one, two], [other]]
    assert versus.title([one]) == "ping-pong, 1 core (pings=100)"
    assert versus.title([other]) == "ping-pong, 2 cores (pings=100)"


def test_the_page_shows_ratios_and_what_is_cited_apart():
    page = render([run_of(compared("zbench", 1), compared("actix", 4, "tuned"))])
    section = page[page.index("Runtimes side by side") : page.index("<h3>Results")]
    assert "actix tuned" in section
    assert "1.2.3, a runtime" in section
    assert "3.0 MiB" in section
    measured, cited = section.split("Cited, not measured")
    assert "Akka" not in measured
    assert cited.count("(cited)") == 3


def test_a_run_without_peers_has_no_such_section():
    assert "Runtimes side by side" not in render([run_of(result("alone"))])


def test_a_side_without_a_figure_says_why():
    made = compared("actix", 4)
    nothing = {"value": None, "value_ci95": None, "ratio": None, "ratio_ci95": None}
    failed = dataclasses.replace(made, versus=dataclasses.replace(made.versus, **nothing))
    unsteady = dataclasses.replace(failed, versus=dataclasses.replace(failed.versus, warmup=[None]))
    broken = dataclasses.replace(failed, versus=dataclasses.replace(failed.versus, warmup=[]))
    assert "not steady" in render([run_of(compared("zbench", 1), unsteady)])
    assert ">failed<" in render([run_of(compared("zbench", 1), broken)])


def test_ratios_are_drawn_with_their_intervals_and_without_colour():
    drawn = plots.ratios("zbench", [("zbench", 1.0, None), ("actix", 4.0, (3.5, 4.6))])
    assert drawn.count('class="middle"') == 2
    assert drawn.count('class="whisker"') == 1
    places = [float(x) for x in re.findall(r'class="middle" d="M([\d.]+)', drawn)]
    assert places[0] < places[1]
    assert plots.ratios("zbench", [("zbench", 1.0, None)]) == ""


def test_ratios_of_nothing_finite_are_left_out():
    assert versus.ratios([compared("actix", float("nan"))]) == []
    assert plots.ratios("zbench", [("a", 1.0, None), ("b", 0.0, None)]) == ""


def test_several_comparisons_are_shown_at_a_glance_by_each_peers_fastest_variant():
    one = [compared("zbench", 1), compared("actix", 4), compared("actix", 3, "tuned")]
    two = [
        compared(*side, cores=2) for side in (("zbench", 1), ("zbench", 0.9, "tuned"), ("go", 7))
    ]
    found = versus.overview(versus.groups([*one, *two]))
    assert found.peers == ["actix", "go"]
    sides = {title: [s and (s.side, s.ratio) for s in row] for title, row in found.rows}
    assert sides == {
        "ping-pong, 1 core": [("actix tuned", 3), None],
        "ping-pong, 2 cores": [None, ("go", 7)],
    }
    assert "fastest variant" in render([run_of(*one, *two)])


def test_one_comparison_needs_no_overview():
    assert versus.overview(versus.groups([compared("zbench", 1), compared("actix", 4)])) is None
