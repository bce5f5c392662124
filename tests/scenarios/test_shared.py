"""Scenarios that other runtimes share: what docs/peers.md says they must count and answer."""

import random

import numpy as np
import pytest
from zbench.catalogue.registry import catalogue
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory import atomics
from zbench.core.metrics.histogram import bucket
from zbench.scenarios.load import latency_under_load
from zbench.scenarios.savina import n_queens
from zbench.scenarios.support.resources import memory
from zbench.scenarios.support.streams import below, draw, stream

KNOWN = catalogue()
pytestmark = [] if INTERPRETED else [pytest.mark.long]  # as in test_scenarios.py
# Parameters beside the defaults, messages and answer, both for seed 1.
SMALL = [
    ("ping-pong", {"pings": 300, "pairs": 7}, 7 * (2 * 42 + 1), 7 * 42),
    ("counting", {"messages": 700}, 703, 700),
    ("thread-ring", {"actors": 7, "tokens": 3, "hops": 300}, 303, 15),
    ("fork-join-throughput", {"actors": 6, "messages": 70}, 421, 420),
    ("fork-join-creation", {"actors": 100}, 201, 5050),
    ("chameneos", {"creatures": 3, "meetings": 100}, 412, 200),
    ("n-queens", {"size": 8}, 3 * 535, 92),
    ("n-queens", {"size": 3, "threshold": 8}, 3 * 6, 0),
    ("n-queens", {"size": 1, "threshold": 0}, 3, 1),
]
QUICK = [
    ("chameneos", {"meetings": 20_000}, 80_400, 40_000),
    ("big", {"pings": 500}, 120_240, 3_581_700),
    ("bank", {"transfers": 10_000}, 40_001, -7_395_001),
    ("n-queens", {"size": 10}, 5_541, 724),
    ("end-to-end", {"requests": 20}, 50_500, 3_814_657_424),
    ("latency-under-load", {"messages": 20_000}, 20_000, 1_401_354_909),
]
FULL = [
    ("big", {}, 1_200_240, 35_684_633),
    ("bank", {}, 400_001, -192_508_590),
    ("n-queens", {}, 14_877, 14_200),
    ("end-to-end", {}, 500_500, 2_157_414_688),
    ("latency-under-load", {}, 100_000, 1_255_808_243),
]


def prepared(name, given):
    scenario = KNOWN[name].scenario
    return scenario.prepare({**{p.name: p.default for p in scenario.parameters}, **given})


@pytest.mark.parametrize(
    ("seed", "k", "first", "values", "bounded"),
    [
        (1, 0, 163300255925012852, [2339463327, 3208186107, 1013288394], [65, 89, 28, 105]),
        (1, 1, 214956956422912946, [4107715994, 2619213633, 158823118], [114, 73, 4, 82]),
        (42, 0, 213741523949301179, [115360062, 3638077872, 51148858], [3, 101, 1, 67]),
    ],
)
def test_a_stream_draws_the_numbers_that_all_languages_draw(seed, k, first, values, bounded):
    assert stream(seed, k) == first
    words = np.array([0, first])
    assert [draw(words, 1) for _ in values] == values
    words[1] = first
    assert [below(words, 1, 120) for _ in bounded] == bounded
    assert words[0] == 0


@pytest.mark.parametrize(("name", "given", "messages", "answer"), FULL)
def test_what_a_run_must_answer_follows_from_its_parameters(name, given, messages, answer):
    scenario = prepared(name, given)
    scenario.close()
    assert (scenario.messages, scenario.wanted) == (messages, answer)


@pytest.mark.parametrize(("name", "given", "messages", "answer"), SMALL)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_small_run_answers_what_was_agreed_on(name, given, messages, answer, workers):
    check_run(name, {**given, "workers": workers}, messages, answer)


@pytest.mark.skipif(INTERPRETED, reason="takes minutes uncompiled")
@pytest.mark.parametrize(("name", "given", "messages", "answer"), QUICK)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_answers_what_was_agreed_on(name, given, messages, answer, workers):
    check_run(name, {**given, "workers": workers}, messages, answer)


def check_run(name, given, messages, answer):
    scenario = prepared(name, given)
    try:
        for _ in range(2):
            sample = scenario.run()
            assert (sample.error, sample.messages, sample.answer) == (None, messages, answer)
    finally:
        scenario.close()


def test_a_wrong_sum_is_an_error():
    scenario = prepared("chameneos", {"meetings": 10})
    try:
        scenario.wanted = 21
        assert scenario.run().error == "the answer is 20, expected 21"
    finally:
        scenario.close()


def test_the_number_of_solutions_is_that_of_a_search_without_messages():
    for size in range(1, 8):
        assert n_queens.solutions(size, (1 << size) - 1, 0, 0, 0) == n_queens.KNOWN[size - 1]


def test_a_message_is_due_at_its_number_over_the_rate():
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    pick = random.Random(seed)
    for _ in range(300):
        rate = pick.randint(1, 10**9)
        i = pick.randint(0, min(10**11, 10**9 * rate))
        assert latency_under_load.due(i, rate) == i * 10**9 // rate


def test_latency_counts_from_the_intended_time_of_a_message():
    given = {"servers": 3, "rate": 1000, "messages": 500}
    scenario = prepared("latency-under-load", given)
    reset = scenario.reset
    began = atomics.clock_ns() - 60 * 10**9

    def held_up():
        """The sender finds that the schedule began a minute ago."""
        reset()
        rows = scenario.system.tables.state.reshape(-1, scenario.system.tables.state_words)
        rows[0, latency_under_load.BEGAN] = began  # the sender is the first actor

    scenario.reset = held_up
    try:
        sample = scenario.run()
        assert sample.error is None
        assert sample.latency.sum() == 500
        assert sample.latency[: bucket(59 * 10**9)].sum() == 0
    finally:
        scenario.close()


def test_what_a_run_created_is_stopped_before_the_next():
    scenario = prepared("fork-join-creation", {"actors": 300})
    try:
        for k in range(4):
            sample = scenario.run()
            assert sample.error is None
            assert scenario.system.counters()["stopped"] == 300 * k
            assert sample.extra["retained_bytes_per_actor"] >= 64
    finally:
        scenario.close()


def test_resident_memory_is_at_most_its_peak():
    resident, peak = memory()
    assert 0 < resident <= peak
