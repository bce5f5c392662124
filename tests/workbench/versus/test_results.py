import json

import pytest
from zbench.store import json_codec as records
from zbench.versus.results import _ratio

from tests.workbench.versus.fakes import ROUNDS, measured, side


def test_ratios_are_taken_to_the_first_side_with_an_interval():
    run = measured(side("one", "--ns", 100), side("two", "--ns", 250))
    first, second = (result.versus for result in run.results)
    assert run.complete
    assert all(result.ok for result in run.results)
    assert first.value == pytest.approx(100, rel=1e-3)
    assert (first.ratio, first.ratio_ci95) == (1.0, None)
    assert second.ratio == pytest.approx(2.5, rel=1e-3)
    assert second.ratio_ci95 == pytest.approx((2.5, 2.5), rel=1e-2)
    assert (second.reference, second.figure) == ("one", "ns/message")


def test_what_a_process_needed_is_kept():
    found = measured(side("one", "--ns", 100)).results[0].versus
    assert 0 < found.startup_ms <= found.first_answer_ms
    assert (found.rss_bytes, found.peak_rss_bytes) == (1 << 20, 2 << 20)
    assert found.resident_bytes_per_actor == 400  # of the first iteration
    assert (found.version, found.runtime, found.options) == ("1.0", "Python", {"ns": "100"})


def test_a_comparison_survives_json():
    run = measured(side("one"), side("two", variant="tuned"))
    assert records.run_from_dict(json.loads(json.dumps(records.run_to_dict(run)))) == run
    assert run.results[1].versus.side == "two tuned"


def test_warm_up_is_dropped_for_each_process():
    found = measured(side("one", "--warm", 3), iterations=10).results[0]
    assert found.versus.warmup == [3] * ROUNDS
    assert found.ns_per_message == pytest.approx(100, rel=1e-3)


def test_a_ratio_is_of_the_rounds_in_which_both_sides_got_steady():
    ratio, interval = _ratio([[], [30.0, 30.0], [40.0, 40.0]], [[1.0, 1.0], [10.0], [20.0]])
    assert ratio == pytest.approx(35 / 15)
    assert interval is not None
    assert interval[0] <= ratio <= interval[1]
    assert _ratio([[4.0], []], [[], [2.0]]) == (2.0, None)
    assert _ratio([[]], [[2.0]]) == (None, None)
