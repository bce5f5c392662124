"""Runs at a database address; PostgreSQL too where $ZBENCH_TEST_DATABASE names an empty one."""

import os

import pytest
from zbench.errors import StoreError, UnknownNameError
from zbench.reports.wording import plain
from zbench.store.database import Store, check_label

from tests.workbench.store.runs import run

DATABASE = os.environ.get("ZBENCH_TEST_DATABASE")


@pytest.fixture(params=["sqlite", "database"])
def store(request, tmp_path):
    if request.param == "database" and not DATABASE:
        pytest.skip("set ZBENCH_TEST_DATABASE to the address of an empty database")
    made = Store(f"sqlite:///{tmp_path / 'r.db'}" if request.param == "sqlite" else DATABASE)
    yield made
    made.close()


def test_a_run_comes_back_as_it_was_kept(store):
    kept = run("same")
    number = store.save(kept)
    assert store.get(number) == run("same", id=number)
    assert store.get("same") == store.get(number) == store.get("latest")


def test_saving_a_run_again_replaces_what_is_kept_of_it(store):
    number = store.save(run("twice", complete=False))
    before = len(store.runs())
    assert store.save(run("twice", id=number)) == number
    assert len(store.runs()) == before
    assert store.get(number).complete


def test_the_newest_run_of_a_label_is_meant(store):
    store.save(run("newest"))
    second = store.save(run("newest"))
    assert store.get("newest").id == second
    assert store.runs(limit=1)[0].id == second


def test_an_unknown_run_is_named_with_the_nearest_label(store):
    store.save(run("baseline"))
    with pytest.raises(UnknownNameError, match=r"'baselin'.*baseline"):
        store.get("baselin")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:secret@127.0.0.1:1/none",
        "nosuch://me:secret@host/none",
        "postgresql://me:secret@host:noport/none",
    ],
)
def test_a_store_that_cannot_be_reached_is_said_without_its_password(url):
    with pytest.raises(StoreError, match="can't open the store") as raised:
        Store(url)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("ref", [2**63, 2**63 - 1, 2**64, "9" * 5000, -1, 0, "\u0663" * 30])
def test_a_number_that_no_run_can_have_is_an_unknown_run(store, ref):
    with pytest.raises(UnknownNameError, match="no run"):
        store.get(ref)


def test_a_greater_limit_than_there_can_be_runs_shows_all(store):
    store.save(run("one"))
    assert store.runs(2**80) == store.runs()


@pytest.mark.parametrize("label", ["a\\[/b]", "v1:rocket:2", "\U0001f680", "a|b", "=1+1", "%s?#"])
def test_a_label_may_hold_any_text_that_can_be_shown(store, label):
    number = store.save(run(label))
    assert store.get(label).id == number
    assert store.runs(1)[0].label == label


@pytest.mark.parametrize(
    "label", ["", " ", "12", "latest", "x.json", "a\nb", "\x1b[2J", "\udcff", "x" * 201]
)
def test_a_label_that_could_not_be_shown_or_found_is_refused(label):
    with pytest.raises(StoreError, match="a label must be") as raised:
        check_label(label)
    assert plain(str(raised.value)) == str(raised.value)
