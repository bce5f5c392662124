import random

from zbench.statistics.steady import steady_from


class TestSteadyState:
    def test_a_flat_series_has_no_warm_up(self):
        assert steady_from([100.0] * 8) == 0

    def test_leading_slow_iterations_are_warm_up(self):
        assert steady_from([300, 200, 120, 100, 100, 101, 99, 100, 100, 100]) == 3

    def test_a_slow_drift_is_no_steady_state(self):
        assert steady_from([100 * 1.1**k for k in range(20)]) is None

    def test_a_step_in_the_second_half_is_no_steady_state(self):
        assert steady_from([100.0] * 8 + [150.0] * 4) is None

    def test_a_second_plateau_at_the_end_is_no_steady_state(self):
        assert steady_from([150.0] * 30 + [50.0] * 4) is None
        assert steady_from([150.0, 151.0] * 15 + [100.0] * 4) is None

    def test_a_slow_phase_of_the_machine_at_the_end_is_noise(self):
        assert steady_from([100.0] * 30 + [150.0] * 4) == 0

    def test_too_few_iterations_show_nothing(self):
        assert steady_from([100.0] * 4) is None

    def test_noise_alone_is_rarely_taken_for_drift(self):
        seed = random.randrange(10**6)
        drawn = random.Random(seed)
        series = [[drawn.gauss(100, 10) for _ in range(20)] for _ in range(200)]
        steady = sum(steady_from(one) is not None for one in series)
        assert steady >= 180, f"seed {seed}: only {steady} of 200"
