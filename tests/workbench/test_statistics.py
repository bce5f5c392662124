import math

import numpy as np
from zbench import statistics


def test_the_median_of_nothing_is_not_a_number():
    assert math.isnan(statistics.median([]))
    assert math.isnan(statistics.relative_spread([]))


def test_no_spread_is_zero_and_one_huge_value_hardly_moves_it():
    assert statistics.relative_spread([5.0, 5.0, 5.0]) == 0
    assert statistics.relative_spread([5.0, 5.1, 4.9, 5.0, 1e9]) < 0.03


def test_an_interval_needs_two_processes():
    assert statistics.bootstrap_ci([]) is None
    assert statistics.bootstrap_ci([[1.0, 2.0]]) is None
    assert statistics.bootstrap_ci([[3.0], [3.0]]) == (3.0, 3.0)


def test_an_interval_holds_the_estimate_and_widens_with_the_processes_differences():
    random = np.random.default_rng(1)
    narrow = [list(100 + random.normal(0, 1, 5)) for _ in range(8)]
    wide = [list(100 + shift + random.normal(0, 1, 5)) for shift in range(-20, 20, 5)]
    for processes in (narrow, wide):
        low, high = statistics.bootstrap_ci(processes)
        assert low <= statistics.estimate(processes) <= high
    assert np.ptp(statistics.bootstrap_ci(wide)) > 3 * np.ptp(statistics.bootstrap_ci(narrow))


def test_two_sides_alike_have_a_ratio_interval_around_one_about_as_often_as_stated():
    random = np.random.default_rng(7)
    trials, held = 200, 0
    for _ in range(trials):
        a, b = (
            [list(100 + random.normal(0, 2) + random.normal(0, 1, 3)) for _ in range(10)]
            for _ in range(2)
        )
        low, high = statistics.ratio_ci(a, b, resamples=300)
        held += low <= 1 <= high
    assert held / trials > 0.85
