import dataclasses
from xml.etree import ElementTree as ET

import pytest
from zbench import gate, gate_report
from zbench.gate import Thresholds, Verdict
from zbench.reports.model import ProcessValues

from tests.reports.test_page import FAILED, result, run_of


def measured(ns, noise=0.002, p99=None):
    values = [ProcessValues([ns * (1 + noise * k), ns]) for k in range(-3, 4)]
    latency = None if p99 is None else {"p99": p99}
    return result("a", ns, processes=values, latency_ns=latency)


def judged(now, before):
    return gate.judge(now, run_of(before), Thresholds())


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (measured(20), Verdict.PASS),
        (measured(20.5), Verdict.PASS),
        (measured(15), Verdict.PASS),
        (measured(22), Verdict.REGRESSION),
        (measured(21.05, noise=0.03), Verdict.INCONCLUSIVE),
        (result("a", 20, processes=[ProcessValues([20.0])]), Verdict.INCONCLUSIVE),
    ],
)
def test_the_interval_of_the_ratio_decides(now, verdict):
    assert judged(now, measured(20)).verdict == verdict


def test_a_higher_p99_is_a_regression_even_at_the_same_throughput():
    assert judged(measured(20, p99=45), measured(20, p99=40)).verdict == Verdict.REGRESSION
    assert judged(measured(20, p99=43), measured(20, p99=40)).verdict == Verdict.PASS


def test_a_row_without_a_baseline_and_a_failed_row_say_so():
    other = dataclasses.replace(measured(20), parameters={"workers": 2})
    assert judged(other, measured(20)).verdict == Verdict.NO_BASELINE
    assert judged(FAILED, measured(20)).verdict == Verdict.FAILED


def test_a_flagged_row_counts_only_if_the_second_measurement_agrees():
    slow, fine = judged(measured(22), measured(20)), judged(measured(20), measured(20))
    unsure = judged(measured(21.05, noise=0.03), measured(20))
    assert gate.confirmed(slow, slow).verdict == Verdict.REGRESSION
    assert gate.confirmed(slow, fine).verdict == Verdict.PASS
    assert gate.confirmed(unsure, slow).verdict == Verdict.INCONCLUSIVE


def test_the_worst_row_decides_the_exit_code():
    slow, fine = judged(measured(22), measured(20)), judged(measured(20), measured(20))
    failed = judged(FAILED, measured(20))
    assert gate.exit_code([fine]) == 0
    assert gate.exit_code([fine, slow, failed]) == 1
    assert gate.exit_code([fine, failed]) == 2
    assert gate.exit_code([fine, judged(measured(21.05, noise=0.03), measured(20))]) == 3


def test_junit_and_markdown_hold_every_row():
    rows = [judged(n, measured(20)) for n in (measured(22), measured(20), FAILED)]
    suite = ET.fromstring(gate_report.junit(rows))[0]
    assert [suite.get(k) for k in ("tests", "failures", "errors")] == ["3", "1", "1"]
    assert gate_report.markdown(rows).count("\n") == 5
