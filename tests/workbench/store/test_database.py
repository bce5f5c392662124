"""Runs at a database address; PostgreSQL too where $ZBENCH_TEST_DATABASE names an empty one."""

import os

import pytest
from zbench.errors import StoreError, UnknownNameError
from zbench.reports.model import Run
from zbench.store.database import Store

DATABASE = os.environ.get("ZBENCH_TEST_DATABASE")


@pytest.fixture(params=["sqlite", "database"])
def store(request, tmp_path):
    if request.param == "database" and not DATABASE:
        pytest.skip("set ZBENCH_TEST_DATABASE to the address of an empty database")
    made = Store(f"sqlite:///{tmp_path / 'r.db'}" if request.param == "sqlite" else DATABASE)
    yield made
    made.close()


def run(label, **changes):
    fields = {
        "id": 0,
        "label": label,
        "started": "2026-01-02T03:04:05+0000",
        "duration_s": 1.5,
        "complete": True,
        "host": {"cpu": "one", "note": "caf\u00e9"},
        "results": [],
    }
    return Run(**{**fields, **changes})


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
