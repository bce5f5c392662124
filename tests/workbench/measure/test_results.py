import re

import pytest
from zbench.catalogue.registry import CatalogueEntry
from zbench.core.compile.settings import changed_settings
from zbench.measure.jobs import JobOutcome
from zbench.measure.results import to_run
from zbench.measure.session import Item, RunSession, RunSettings
from zbench.reports import page
from zbench.scenarios.base import Category, Parameter, Scenario
from zbench.store.json_codec import run_from_dict, run_to_dict


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    for name in changed_settings():
        monkeypatch.delenv(name)


def item(ns=100.0, checked=True, parameters=None, category=Category.MICRO, **end):
    """An item whose five processes took some nanoseconds a message; None: no value."""
    workers = Parameter("workers", 1, "threads", 1, 256)
    scenario = Scenario("one", "for tests", category, (workers,), prepare=lambda _: None)
    value = {"messages": 1000, "loops": 1, "extra": {}, "latency": None, "checked": checked}
    values = [] if ns is None else [value | {"elapsed_ns": 1000 * ns + k} for k in range(3)]
    made = Item(CatalogueEntry(scenario, "file:/one.py"), parameters or {"workers": 1})
    made.outcomes = [JobOutcome(values=values, **end) for _ in range(5)]
    return made


def run_of(*items, complete=True):
    settings = RunSettings()
    return to_run(RunSession(list(items), settings, "2026-01-01T00:00:00+00:00", 1, complete), None)


def head(run):
    """The words on a page about all results of a run."""
    text = re.sub(r"<[^>]+>", "", page.render([run]))
    return re.search(r"\d+ results?, [^.]+\.", text).group()


@pytest.mark.parametrize(
    ("checked", "words"), [(True, "1 result, every answer verified"), (False, "1 not verified")]
)
def test_only_answers_that_were_checked_are_called_verified(checked, words):
    run = run_of(item(checked=checked))
    assert run.results[0].verified is checked
    assert words in head(run)
    assert any("not verified" in w for w in run.results[0].warnings) is not checked
    assert run_from_dict(run_to_dict(run)).results[0].verified is checked


def test_one_unchecked_answer_among_others_is_not_hidden():
    one = item()
    one.outcomes[3].values[1]["checked"] = False
    run = run_of(item(), one)
    assert [result.verified for result in run.results] == [True, False]
    assert head(run) == "2 results, 1 not verified; complete."


def test_values_kept_before_answers_had_a_mark_are_not_verified():
    one = item()
    for value in one.outcomes[0].values:
        del value["checked"]
    assert run_of(one).results[0].verified is False


@pytest.mark.parametrize("end", [{"wrong": "7, expected 8"}, {"failure": "it died"}])
def test_what_failed_is_not_verified(end):
    (result,) = run_of(item(**end)).results
    assert (result.ok, result.verified, result.attempted) == (False, False, True)


@pytest.mark.parametrize(
    ("ns", "workers", "category", "possible"),
    [
        (0.347, 1, Category.MICRO, False),
        (0.99, 1, Category.STRESS, False),
        (1.01, 1, Category.MICRO, True),
        (20.0, 1, Category.END_TO_END, True),
        (0.347, 64, Category.MICRO, True),
        (0.01, 64, Category.MICRO, False),
        (0.347, 1, Category.FLOOR, True),
    ],
)
def test_a_figure_that_no_processor_can_reach_is_flagged(ns, workers, category, possible):
    run = run_of(item(ns, parameters={"workers": workers}, category=category))
    (result,) = run.results
    assert result.verified is possible
    flagged = [w for w in result.warnings if w.startswith("impossible")]
    assert bool(flagged) is not possible
    if not possible:
        assert "every answer verified" not in head(run)
        assert "ns a message is less than a core needs" in flagged[0]


def test_without_workers_among_the_parameters_all_processors_may_have_helped(monkeypatch):
    monkeypatch.setattr("zbench.measure.results.usable_cores", lambda: 2)
    made = item(0.347, parameters={"n": 1})
    assert any(w.startswith("impossible: 0.348") for w in run_of(made).results[0].warnings)


def test_a_row_that_the_end_of_the_run_left_out_did_not_fail():
    never, begun = item(None), item(None, interrupted=True)
    never.outcomes = []
    run = run_of(item(), never, begun, item(None, failure="it died"), complete=False)
    assert [result.attempted for result in run.results] == [True, False, False, True]
    assert head(run) == "4 results, 1 failed, 2 not measured."
    text = page.render([run])
    assert text.count("not measured</td>") == 2
    assert text.count(">failed</td>") == 1
