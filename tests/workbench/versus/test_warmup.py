import pytest
from zbench.versus.warmup import LONGEST, warm_from

ENDS = [float(k + 1) for k in range(100)]  # an iteration a second
NEVER = [None] * 100


@pytest.mark.parametrize(("warmup_s", "warm"), [(0, 0), (0.5, 1), (1, 1), (1.5, 2), (10, 10)])
def test_it_lasts_as_long_as_the_peer_says(warmup_s, warm):
    assert warm_from(ENDS, NEVER, warmup_s) == warm


def test_before_that_time_it_has_not_ended():
    assert warm_from(ENDS[:9], NEVER, 10) is None
    assert warm_from([], [], 10) is None


def test_it_lasts_until_the_compiler_is_quiet():
    compiles_until = 25
    compile_ms = [1000 + 300 * min(end, compiles_until) for end in ENDS]
    assert warm_from(ENDS, compile_ms, 10) == compiles_until + 2


def test_a_compiler_that_is_never_quiet_does_not_keep_it_for_ever():
    assert warm_from(ENDS, [300 * end for end in ENDS], 10) == 10 * LONGEST


def test_a_little_work_now_and_then_is_quiet():
    assert warm_from(ENDS, [5 * end for end in ENDS], 10) == 10


def test_an_iteration_longer_than_the_time_that_is_looked_at_is_compared_with_the_one_before():
    ends = [10.0, 20.0, 30.0]
    assert warm_from(ends, [5000, 5050, 5060], 10) == 2
