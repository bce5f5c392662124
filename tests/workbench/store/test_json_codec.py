"""JSON files that zbench did not write, or not as they are."""

import contextlib
import json

import pytest
from zbench.cli.console import show_results
from zbench.errors import StoreError, ZbenchError
from zbench.reports import page
from zbench.reports.wording import plain
from zbench.store.export import export
from zbench.store.json_codec import read_run

from tests.reports.samples import FAILED, compared, result, run_of

GOOD = json.loads(export(run_of(result("a"), FAILED, compared("other", 2.0)), "json"))
WRONG = (None, True, 1, -(2**70), 10**400, 1.5, "text", "", [], [1], [[]], {}, {"a": None}, [{}])


def places(found, at=()):
    """The path of every value of a document."""
    yield at
    if not isinstance(found, dict | list):
        return
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        yield from places(value, (*at, key))


def changed(at, value):
    """The document with another value at a path."""
    copy = json.loads(json.dumps(GOOD))
    if not at:
        return value
    inside = copy
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = value
    return copy


def refusal(path):
    """Why a file is no run; None if it is one, which can then be shown and exported."""
    try:
        run = read_run(path)
    except StoreError as error:
        return str(error)
    show_results(run)
    export(run, "markdown")
    export(run, "csv")
    with contextlib.suppress(ZbenchError):  # pyperf is more particular
        export(run, "pyperf")
    return None


def test_a_value_of_any_type_is_read_and_shown_or_refused_in_one_line(tmp_path):
    path = tmp_path / "run.json"
    refused = 0
    for at in places(GOOD):
        for value in WRONG:
            path.write_text(json.dumps(changed(at, value)))
            why = refusal(path)
            assert why is None or plain(why) == why, (at, value)
            refused += why is not None
    assert refused > 500


def test_parameters_that_no_scale_can_hold_are_refused(tmp_path):
    """A page draws figures over the parameter that varies."""
    path = tmp_path / "run.json"
    sides = [{**GOOD["results"][0], "parameters": {"n": n}} for n in (1, 10**400)]
    path.write_text(json.dumps({**GOOD, "results": sides}))
    with pytest.raises(StoreError, match="parameters of results 1 is"):
        read_run(path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 1}', '{"format": "x"}', '{"format": 2}', "[" * 100_000],
)
def test_text_that_is_no_run_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(StoreError) as raised:
        read_run(path)
    assert plain(str(raised.value)) == str(raised.value)


def test_bytes_that_are_not_utf_8_and_a_folder_are_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe")
    (tmp_path / "b.json").mkdir()
    for name, said in (("a", "not a run"), ("b", "can't read"), ("c", "can't read")):
        with pytest.raises(StoreError, match=said):
            read_run(tmp_path / f"{name}.json")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("ns_per_message", None, "is measured, but has no time"),
        ("ns_per_message", 0.0, "has a time of 0.0 ns"),
        ("ns_per_message", float("nan"), "is nan"),
        ("spread", float("inf"), "is inf"),
        ("processes", [{"ns_per_message": [5.0, -1.0]}], "has a time of -1.0 ns"),
        ("processes", [{"ns_per_message": [5.0, float("nan")]}], "nan"),
    ],
)
def test_a_time_that_cannot_be_is_refused(tmp_path, key, value, said):
    (tmp_path / "run.json").write_text(json.dumps(changed(("results", 0, key), value)))
    with pytest.raises(StoreError, match=f"is not a run that zbench wrote: .*{said}"):
        read_run(tmp_path / "run.json")


def test_a_machine_described_by_anything_can_be_exported_and_shown(tmp_path):
    host = {"hostname": {"a": [1]}, "cpu_count": None, "python_version": "3.11"}
    (tmp_path / "run.json").write_text(json.dumps(changed(("host",), host)))
    run = read_run(tmp_path / "run.json")
    assert '"python_version"' in export(run, "pyperf")
    assert "<html" in page.render([run, run])
