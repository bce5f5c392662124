import sys
import time
from types import SimpleNamespace

import pytest
from zbench.core.compile.kernel import INTERPRETED
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
