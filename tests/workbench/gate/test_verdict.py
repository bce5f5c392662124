import dataclasses

import numpy as np
import pytest
from zbench.gate import verdict as gate
from zbench.gate.thresholds import GateThresholds
from zbench.gate.verdict import Verdict
from zbench.reports.model import ProcessValues

from tests.reports.samples import FAILED, result, run_of


def measured(ns, noise=0.002, p99=None, p99s=()):
    """Seven processes; p99 is of the merged histogram, p99s of each process."""
    own = dict(enumerate(p99s))
    values = [
        ProcessValues([ns * (1 + noise * k), ns], p99_ns=own.get(k + 3)) for k in range(-3, 4)
    ]
    latency = None if p99 is None else {"p99": p99}
    return result("a", ns, processes=values, latency_ns=latency)


def judged(now, before):
    return gate.judge(now, run_of(before), GateThresholds())


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (measured(20), Verdict.PASS),
        (measured(20.5), Verdict.PASS),
        (measured(15), Verdict.IMPROVED),
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


def test_without_a_p99_a_process_the_reason_says_that_the_ratio_alone_decided():
    assert "by the ratio alone" in judged(measured(20, p99=45), measured(20, p99=40)).reason
    once = dataclasses.replace(measured(20, p99=90), processes=[ProcessValues([20.0])])
    assert judged(once, measured(20, p99=40)).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ([40, 41, 40, 39, 40, 41, 40], Verdict.PASS),
        ([50, 51, 50, 49, 50, 51, 50], Verdict.REGRESSION),
        ([30, 31, 30, 29, 30, 31, 30], Verdict.IMPROVED),
        ([36, 52, 38, 50, 43, 36, 55], Verdict.INCONCLUSIVE),
        ([40, 41, 40, 39, 40, 41, 4e6], Verdict.PASS),  # one process had a bad moment
    ],
)
def test_the_interval_of_the_p99_over_processes_decides(now, verdict):
    row = judged(measured(20, p99s=now), measured(20, p99s=[40, 39, 40, 41, 40, 40, 39]))
    assert row.verdict == verdict
    assert row.p99_interval[0] <= row.p99_ratio <= row.p99_interval[1]


def test_more_throughput_at_the_price_of_the_p99_is_a_regression():
    fast = measured(10, p99s=[90] * 7)
    assert judged(fast, measured(20, p99s=[40] * 7)).verdict == Verdict.REGRESSION


def test_a_p99_of_zero_in_the_baseline_is_not_divided_by():
    row = judged(measured(20, p99=5, p99s=[5] * 7), measured(20, p99=0, p99s=[0] * 7))
    assert (row.verdict, row.p99_ratio) == (Verdict.PASS, None)


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
    assert gate.confirmed(slow, judged(measured(10), measured(20))).verdict == Verdict.IMPROVED


def test_a_crash_in_the_second_measurement_is_not_hidden_as_inconclusive():
    slow = judged(measured(22), measured(20))
    assert gate.confirmed(slow, judged(FAILED, measured(20))).verdict == Verdict.FAILED


def test_the_worst_row_decides_the_exit_code():
    slow, fine = judged(measured(22), measured(20)), judged(measured(20), measured(20))
    failed = judged(FAILED, measured(20))
    assert gate.exit_code([fine]) == 0
    assert gate.exit_code([fine, judged(measured(10), measured(20))]) == 0
    assert gate.exit_code([]) == 2  # nothing was measured: that is no pass
    assert gate.exit_code([fine, slow, failed]) == 1
    assert gate.exit_code([fine, failed]) == 2
    assert gate.exit_code([fine, judged(measured(21.05, noise=0.03), measured(20))]) == 3


def test_a_baseline_of_another_machine_is_named():
    here = run_of(host={"cpu_count": 2, "numba_version": "0.61"})
    assert gate.host_differences(here, here) == []
    other = run_of(host={"cpu_count": 64, "python_version": "3.12"})
    assert gate.host_differences(here, other) == ["cpu_count: baseline 64, now 2"]


def test_alike_sides_seldom_raise_a_false_alarm():
    seed, trials, alarms = 11, 60, 0
    random = np.random.default_rng(seed)

    def side():
        made = [20 * np.exp(random.normal(0, 0.03) + random.normal(0, 0.01, 5)) for _ in range(5)]
        return result("a", 20, processes=[ProcessValues(list(m)) for m in made], latency_ns=None)

    for _ in range(trials):
        alarms += judged(side(), side()).verdict == Verdict.REGRESSION
    print(f"seed {seed}: {alarms} false alarms in {trials}")
    assert alarms <= 3


def test_the_reason_says_which_side_has_too_few_processes():
    one = result("a", 20, processes=[ProcessValues([20.0])])
    assert "save it again" in judged(measured(20), one).reason
    assert "raise --processes" in judged(one, measured(20)).reason


def test_a_baseline_row_that_had_failed_is_not_called_missing():
    broken = dataclasses.replace(FAILED, scenario="a", parameters=measured(20).parameters)
    assert "had failed" in judged(measured(20), broken).reason


def test_answers_that_are_no_longer_verified_do_not_pass():
    """A run that checks nothing any more may be fast because it does nothing."""
    unverified = measured(15)
    verified = dataclasses.replace(measured(20), verified=True)
    row = judged(unverified, verified)
    assert row.verdict == Verdict.INCONCLUSIVE
    assert "these are not" in row.reason
    assert judged(unverified, measured(20)).verdict in gate.GOOD
    assert judged(dataclasses.replace(measured(15), verified=True), verified).verdict in gate.GOOD
