import ast
import dataclasses
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from zbench.reports.model import ProcessValues
from zbench.store.database import Store

from tests.reports.samples import compared, result, run_of

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
HERE = {"hostname": "here", "cpu_count": 2}


def executed(path, folder, last=""):
    """The text of the last output of a notebook, after one more cell if there is a last."""
    notebook = nbformat.read(path, as_version=4)
    if last:
        notebook.cells.append(nbformat.v4.new_code_cell(last))
    NotebookClient(notebook, timeout=200, kernel_name="python3").execute(cwd=str(folder))
    outputs = notebook.cells[-1].get("outputs", [])
    return outputs[-1]["data"]["text/plain"] if outputs else ""


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_an_empty_store(path, tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_STORE", str(tmp_path / "results.db"))
    executed(path, tmp_path)


def measured(ns, host=HERE, **parameters):
    """A run of ping-pong whose every value is the same."""
    values = [ProcessValues([ns] * 3)] * 3
    made = result("ping-pong", ns, parameters={"pings": 100} | parameters, processes=values)
    return run_of(made, result("counting"), host=host, number=0)


@pytest.mark.filterwarnings("ignore")
def test_the_first_notebook_compares_and_draws_only_runs_that_are_alike(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_STORE", str(tmp_path / "results.db"))
    peers = [dataclasses.replace(compared(p, 9), scenario="ping-pong") for p in ("zbench", "go")]
    with Store() as store:
        first = store.save(measured(20.0))
        store.save(run_of(*peers, host=HERE, number=0))
        store.save(measured(70.0, host=HERE | {"hostname": "there"}))
        second = store.save(measured(30.0))
        store.save(measured(90.0, pings=5))
        store.save(run_of(*peers, host=HERE, number=0))
        store.save(run_of(host=HERE, number=0))
    ratio = "float(estimate(after) / estimate(before))"
    last = f"[*map(int, runs)], sorted(set(shown['ns_per_message'])), {ratio}"
    found = ast.literal_eval(executed(NOTEBOOKS[0], tmp_path, last))
    assert found == ([first, second], [20.0, 30.0], 1.5)
