import math
import tracemalloc

import numpy as np
import pytest
from zbench.statistics import estimate as statistics


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


def test_one_process_that_went_astray_does_not_move_the_lower_end():
    low, high = statistics.bootstrap_ci([[100.0, 101.0, 99.0]] * 8 + [[1e9] * 3])
    assert 99 <= low <= 101
    assert high <= 101


def test_processes_with_fewer_values_or_none_are_taken_as_they_are():
    interval = statistics.bootstrap_ci([[3.0] * 5, [3.0], [], [3.0, 3.0]])
    assert interval == (3.0, 3.0)
    assert statistics.bootstrap_ci([[1.0], []]) is None


def test_the_same_seed_gives_the_same_interval():
    processes = [[1.0, 2.0, 4.0], [2.0, 3.0, 9.0], [1.5, 2.5, 3.0]]
    assert statistics.bootstrap_ci(processes, seed=5) == statistics.bootstrap_ci(processes, seed=5)


def test_a_thousand_processes_do_not_take_memory_by_their_square():
    processes = [[100.0 + k % 7, 100.0, 101.0, 99.0, 100.5] for k in range(1000)]
    tracemalloc.start()
    statistics.bootstrap_ci(processes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6


def test_a_ratio_needs_two_processes_a_side_and_nothing_to_divide_by_zero():
    two = [[1.0], [1.0]]
    assert statistics.ratio_ci(two, [[1.0]]) is None
    assert statistics.ratio_ci([], two) is None
    assert statistics.ratio_ci(two, [[0.0], [0.0]]) is None
    assert statistics.ratio_ci([[4.0], [4.0]], [[2.0], [2.0]]) == (2.0, 2.0)


def test_pairing_rounds_cancels_what_both_sides_shared():
    moods = [100.0, 180.0, 120.0, 260.0, 140.0]
    a, b = [[m * 1.1] for m in moods], [[m] for m in moods]
    assert np.ptp(statistics.ratio_ci(a, b)) > 0.3
    assert statistics.ratio_ci(a, b, paired=True) == pytest.approx((1.1, 1.1))
    assert statistics.ratio_ci([[1.0], [1.0]], [[1.0], []], paired=True) is None
    with pytest.raises(ValueError, match="shorter"):
        statistics.ratio_ci(a, b[:3], paired=True)
