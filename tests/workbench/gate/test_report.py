import dataclasses
from xml.etree import ElementTree as ET

from zbench.gate import report as gate_report

from tests.reports.samples import FAILED
from tests.workbench.gate.test_verdict import judged, measured


def test_junit_and_markdown_hold_every_row():
    rows = [judged(n, measured(20)) for n in (measured(22), measured(20), FAILED)]
    suite = ET.fromstring(gate_report.junit(rows))[0]
    assert [suite.get(k) for k in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert gate_report.markdown(rows).count("\n") == 5


def test_junit_is_readable_whatever_a_worker_said_last():
    said = dataclasses.replace(FAILED, warnings=["exit code 1: \x1b[31mno | \x00 <end>\x1b[0m"])
    row = judged(said, measured(20))
    error = ET.fromstring(gate_report.junit([row])).find("testsuite/testcase/error")
    assert "no | ? <end>" in error.get("message")
    assert "no \\| " in gate_report.markdown([row])
