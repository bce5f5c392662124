import csv
import dataclasses
import io
import json
import re
import subprocess
import sys

import pyperf
import pytest
from zbench.errors import ZbenchError
from zbench.gate import report as gate_report
from zbench.gate.verdict import Row, Verdict
from zbench.reports import page
from zbench.reports.model import ProcessValues
from zbench.reports.wording import plain
from zbench.store.export import export
from zbench.store.json_codec import read_run

from tests.reports.samples import FAILED, result, run_of

HOST = {"cpu_count": 2, "python_version": "3.11.7", "name": "not the benchmark's"}


def test_pyperf_reads_seconds_a_message_one_run_a_process(tmp_path):
    text = export(run_of(result("a"), FAILED, host=HOST), "pyperf")
    (benchmark,) = pyperf.BenchmarkSuite.loads(text).get_benchmarks()
    assert benchmark.get_name() == "a workers=1"
    assert benchmark.get_unit() == "second"
    assert benchmark.get_nrun() == 2
    assert benchmark.get_values() == pytest.approx([20e-9, 20.2e-9, 19.8e-9, 20e-9])


def test_pyperf_takes_any_name_and_any_time(tmp_path):
    """A parameter may be any text; two sets of parameters may read alike."""
    odd = dataclasses.replace(result("a"), parameters={"text": "x\ny"})
    short = dataclasses.replace(odd, processes=[ProcessValues([5e-324])])
    (tmp_path / "suite.json").write_text(export(run_of(odd, odd, short), "pyperf"))
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "suite.json"))
    names = [benchmark.get_name() for benchmark in suite.get_benchmarks()]
    assert names == [r"a text=x\ny", r"a text=x\ny (2)", r"a text=x\ny (3)"]


def test_pyperf_compares_two_exported_runs(tmp_path):
    for name, ns in (("old", 20.0), ("new", 30.0)):
        (tmp_path / f"{name}.json").write_text(export(run_of(result("a", ns)), "pyperf"))
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", "compare_to", "old.json", "new.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "1.50x slower" in done.stdout


def test_a_run_without_values_is_refused_as_pyperf_but_not_as_the_others():
    with pytest.raises(ZbenchError, match="no measured values"):
        export(run_of(FAILED), "pyperf")
    assert "failed" in export(run_of(FAILED), "markdown")
    assert export(run_of(FAILED), "csv").count("\n") == 1


def test_csv_has_one_row_a_value():
    rows = list(csv.DictReader(io.StringIO(export(run_of(result("a")), "csv"))))
    assert [float(row["ns_per_message"]) for row in rows] == pytest.approx([20, 20.2, 19.8, 20])
    assert [row["process"] for row in rows] == ["0", "0", "1", "1"]


def test_json_comes_back_as_the_same_run(tmp_path):
    run = run_of(result("a"), FAILED, host=HOST)
    path = tmp_path / "run.json"
    path.write_text(export(run, "json"))
    assert read_run(path) == run


def test_json_of_before_processes_had_a_p99_can_be_read(tmp_path):
    found = json.loads(export(run_of(result("a")), "json"))
    for process in found["results"][0]["processes"]:
        del process["p99_ns"]
    path = tmp_path / "run.json"
    path.write_text(json.dumps(found))
    assert read_run(path).results[0].processes[0].p99_ns is None


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(ZbenchError, match=r"pyperf, csv, json, markdown; did you mean markdown\?"):
        export(run_of(), "markdwn")


TABLE = "a|b<script>alert(1)</script>\n*x* `y` [z](http://e) _u_ \\| \x1b[2J"


def test_markdown_of_any_text_is_one_row_without_markup():
    text = export(run_of(result(TABLE, parameters={TABLE: TABLE, "min_time": 1})), "markdown")
    (row,) = text.splitlines()[2:]
    assert len(re.findall(r"(?<!\\)\|", row.replace("\\\\", ""))) == 6
    assert "<" not in row
    assert "\x1b" not in row
    assert "\\*x\\* \\`y\\` \\[z\\](http://e) \\_u\\_" in row
    assert "min_time=1" in row


def test_the_gates_markdown_is_escaped_alike():
    row = Row(TABLE, {TABLE: 1}, Verdict.FAILED, None, None, None, TABLE)
    (line,) = gate_report.markdown([row]).splitlines()[2:]
    assert len(re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))) == 8
    assert "<" not in line


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=\r1\t2"])
def test_csv_holds_no_formula(text):
    run = run_of(result(text, parameters={text: 1}), label=text)
    (row, *_) = csv.DictReader(io.StringIO(export(run, "csv"), newline=""))
    assert row["label"] == row["scenario"] == "'" + plain(text)
    assert row["parameters"] == f"'{plain(text)}=1"


@pytest.mark.parametrize("text", ['a,"b"', "\U0001f680 [/b]", "a;b", "l\u00e4ngs"])
def test_csv_and_json_give_any_text_back(text, tmp_path):
    run = run_of(result(text, parameters={text: text}), label=text)
    (row, *_) = csv.DictReader(io.StringIO(export(run, "csv"), newline=""))
    assert (row["label"], row["scenario"], row["parameters"]) == (text, text, f"{text}={text}")
    (tmp_path / "run.json").write_text(export(run, "json"))
    assert read_run(tmp_path / "run.json") == run


def test_the_page_of_any_text_holds_no_element_of_it(tmp_path):
    text = TABLE + "\"'\udcff&</script></title>--><img src=x onerror=alert(1)>"
    run = run_of(result(text, parameters={text: text}, warnings=[text]), label=text)
    page.write([run], tmp_path / "page.html")
    found = (tmp_path / "page.html").read_text()
    assert "<script>alert" not in found
    assert "<img" not in found
    assert found.count("</script>") == 2  # the data and the page's own
