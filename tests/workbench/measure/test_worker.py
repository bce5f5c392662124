import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.metrics.histogram import BUCKETS
from zbench.errors import ScenarioError
from zbench.measure import worker
from zbench.scenarios.base import Sample

SCENARIO = """
from zbench.core.compile.kernel import cached_kernel
from zbench.scenarios.base import Category, Sample, Scenario

@cached_kernel
def count(n):
    return n + 1

class Made:
    cache = "warm"  # whatever a scenario says

    def __init__(self, parameters):
        count(1)

    def run(self):
        raise AssertionError("the runner here calls nothing")

    def close(self):
        pass

SCENARIOS = (Scenario("mine", "counts", prepare=Made),)
"""


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
def test_the_label_says_cold_when_anything_was_compiled_and_warm_when_nothing_was(
    tmp_path, monkeypatch
):
    """For scenarios of a user's file, on the runtime or not."""
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(SCENARIO)
    source = f"file:{tmp_path / 'mine.py'}"
    job = {
        "scenario": "mine",
        "source": source,
        "parameters": {},
        "messages": 0,
        "until": time.monotonic() + 60,
    }
    runner = SimpleNamespace(bench_time_func=lambda *_, **__: None)
    labels = []
    for _ in range(3):
        side = SimpleNamespace(write=lambda _, **fields: labels.extend(fields.values()))
        worker.measure(job, runner, side, 0)
        for name in [name for name in sys.modules if name.startswith("zbench_user_")]:
            del sys.modules[name]
    assert [label for label in labels if isinstance(label, str)] == ["cold", "warm", "warm"]


def test_fractions_of_nanoseconds_add_up_over_the_loops_of_a_repetition():
    repetition = worker.Repetition()
    for _ in range(10):
        repetition.add(Sample(1.9, 1))
    assert repetition.fields(10)["elapsed_ns"] == 19


def row(kind, **counts):
    """A histogram of a type."""
    found = np.zeros(BUCKETS, kind)
    for bucket, count in counts.items():
        found[int(bucket[1:])] = count
    return found


def test_counts_of_latency_add_up_beyond_the_range_of_their_type():
    repetition = worker.Repetition()
    for _ in range(3):
        repetition.add(Sample(1000, 1, latency=row(np.uint8, b300=200, b900=2)))
    assert repetition.fields(3)["latency"] == [[300, 600], [900, 6]]


def test_a_histogram_of_other_buckets_is_refused_in_any_run():
    """numpy adds a row of one count to every count of the other."""
    repetition = worker.Repetition()
    repetition.add(Sample(1000, 1, latency=row(np.int64, b1=1)))
    with pytest.raises(ScenarioError, match=f"must have {BUCKETS} counts, got 1"):
        repetition.add(Sample(1000, 1, latency=np.ones(1, np.int64)))


def test_a_further_figure_of_some_runs_is_their_mean():
    repetition = worker.Repetition()
    for extra in ({"hits": 10.0, "all": 1}, {"all": 2}, {"hits": 20.0, "all": 3}, {"all": 4}):
        repetition.add(Sample(1000, 1, extra=extra))
    assert repetition.fields(4)["extra"] == {"hits": 15.0, "all": 2.5}


def test_runs_too_short_to_be_measured_are_refused_not_repeated_for_ever():
    timer = worker.Timer(None, None, warmups=0, expected=0)
    with pytest.raises(ScenarioError, match="let each do more"):
        timer(worker.MOST_LOOPS * 2)
