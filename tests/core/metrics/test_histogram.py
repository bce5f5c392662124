import numpy as np
import pytest
from zbench.core.metrics import histogram


@pytest.mark.parametrize("value", [0, 1, 127, 128, 129, 1_000, 123_456_789, 1 << 40])
def test_a_value_is_at_most_one_percent_below_the_bound_of_its_bucket(value):
    bound = histogram.bounds()[histogram.bucket(value)]
    assert value <= bound <= value * 1.01


@pytest.mark.parametrize(("value", "bucket"), [(-1, 0), (1 << 62, histogram.BUCKETS - 1)])
def test_a_value_out_of_range_counts_in_the_nearest_bucket(value, bucket):
    assert histogram.bucket(value) == bucket


def test_percentiles_are_those_of_the_values_counted():
    counts = np.zeros(histogram.BUCKETS, np.int64)
    for value in range(1, 101):
        histogram.add(counts, 0, value)
    found = histogram.percentiles(counts)
    assert (found["p50"], found["p99"], found["max"]) == (50, 99, 100)
    assert histogram.percentiles(np.zeros(histogram.BUCKETS, np.int64)) == {}
