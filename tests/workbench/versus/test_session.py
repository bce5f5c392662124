import json
import os
import signal
import threading
import time

import pytest
from zbench.versus.results import to_run
from zbench.versus.session import MOST, VersusSettings, measure, order

from tests.workbench.versus.fakes import ROUNDS, SETTINGS, cell, measured, side


def test_every_round_runs_each_side_once_in_an_order_drawn_from_the_seed(tmp_path):
    journal = tmp_path / "journal"
    sides = [side(f"s{n}", "--ns", n, "--journal", journal) for n in (10, 20, 30)]
    asked = cell(*sides)
    measure([asked], SETTINGS)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    ran = [[line[0] for line in lines[3 * r : 3 * r + 3]] for r in range(ROUNDS)]
    drawn = [[int(e.side.name[1:]) for e in order(asked, 1, r)] for r in range(ROUNDS)]
    assert ran == drawn
    assert all(sorted(turn) == [10, 20, 30] for turn in ran)
    orders = {tuple(e.side.name for e in order(asked, seed, 0)) for seed in range(20)}
    assert len(orders) == 6


def test_a_process_is_pinned_and_told_its_threads(tmp_path):
    journal = tmp_path / "journal"
    measure([cell(side("one", "--journal", journal), iterations=6)], VersusSettings(1, 6, 9, 20))
    _, threads, cpus, _, seed = json.loads(journal.read_text())
    assert (threads, len(cpus), seed) == (1, 1, 9)


def test_a_process_ends_when_it_has_the_iterations_that_were_asked_for():
    asked = cell(side("one"), side("two", warmup_s=0.3), iterations=6)
    measure([asked], VersusSettings(rounds=1, iterations=6, timeout=20))
    one, two = (contender.series[0] for contender in asked.contenders)
    assert (one.warm, len(one.iterations), one.failure) == (0, 6, None)
    assert two.warm > 6  # a fake iteration takes far less than a twentieth of a second
    assert (len(two.iterations), two.failure) == (two.warm + 6, None)
    assert two.ends_s[two.warm - 1] >= 0.3 > two.ends_s[two.warm - 2]


def test_without_warm_up_code_that_is_compiled_as_it_runs_has_no_ratio():
    settings = VersusSettings(rounds=2, iterations=8, timeout=20, warmup=0.0)
    run = measured(side("one"), side("jit", warmup_s=10), side("three"), settings=settings)
    assert [result.ok for result in run.results] == [True] * 3
    assert [result.versus.ratio is None for result in run.results] == [False, True, False]
    assert run.results[1].versus.ratio_ci95 is None
    assert "not warm" in run.results[1].warnings[0]


def test_a_side_that_never_gets_steady_has_no_figure_and_gets_more_iterations():
    asked = cell(side("one", "--fault", "drift"), side("two"))
    run = to_run(measure([asked], VersusSettings(rounds=2, timeout=20)), None)
    assert [len(s.iterations) for s in asked.contenders[0].series] == [8 * MOST] * 2
    found = run.results[0]
    assert found.ns_per_message is None
    assert found.versus.value is None
    assert found.versus.warmup == [None, None]
    assert "no steady state in 2 of 2 processes" in found.warnings[0]
    assert run.results[1].ok
    assert run.results[1].versus.ratio is None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("wrong", "the answer was wrong: the count is one short"),
        ("messages", "the answer was wrong: it counted 1004 messages, expected 1003"),
        ("crash", "it was killed by SIGSEGV after 2 of 8 iterations"),
        ("exit", "exit code 1 and no error field: out of luck"),
        ("stop", "it ended after 2 of 8 iterations"),
        ("hello", "not JSON on standard output"),
        ("newer", "it speaks version 2, zbench speaks 1"),
        ("extra", "its harness broke the protocol: extra must be names and numbers, got [1]"),
    ],
)
def test_a_fault_of_one_side_is_said_and_leaves_the_others_alone(fault, said):
    run = measured(side("one"), side("two", "--fault", fault))
    assert run.results[0].ok
    assert not run.results[1].ok
    assert said in run.results[1].warnings[0]
    if fault in ("wrong", "messages"):
        assert run.results[1].processes == []
        assert run.results[1].versus.value is None


def test_a_harness_that_hangs_is_stopped_and_not_tried_again():
    asked = cell(side("one", "--fault", "hang"))
    run = to_run(measure([asked], VersusSettings(rounds=3, iterations=8, timeout=1)), None)
    assert len(asked.contenders[0].series) == 1
    assert "did not end within 1 s (2 of 8 iterations)" in run.results[0].warnings[0]


def test_a_process_that_a_harness_leaves_behind_is_not_waited_for():
    """It holds the pipe from which the lines come."""
    asked = cell(side("one", "--fault", "leave"))
    run = to_run(measure([asked], VersusSettings(rounds=1, iterations=8, timeout=50)), None)
    assert run.results[0].ok, run.results[0].warnings


def test_a_command_that_is_not_there_is_a_failure_not_a_traceback():
    missing = side("one")
    object.__setattr__(missing.variant, "command", ("no-such-command-here",))
    run = measured(missing)
    assert "can't be started" in run.results[0].warnings[0]


def test_ctrl_c_keeps_what_was_measured(tmp_path):
    journal = tmp_path / "journal"
    cells = [cell(side("one")), cell(side("two", "--fault", "hang", "--journal", journal))]

    def interrupt():
        while not journal.exists() or not journal.read_text():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    session = measure(cells, VersusSettings(rounds=3, iterations=8, timeout=60))
    thread.join()
    run = to_run(session, None)
    assert not run.complete
    assert run.results[0].ns_per_message is not None
    assert "interrupted" in run.results[0].warnings[0]


def test_latency_is_compared_where_time_is_given_by_the_rate():
    sides = [side("one", "--p99", 1000), side("two", "--p99", 3000)]
    asked = cell(*sides)
    asked.scenario = "latency-under-load"
    asked.parameters = {"servers": 1, "rate": 1, "messages": 1}
    assert asked.figure == "p99 ns"
    line = {"elapsed_ns": 1, "messages": 1, "histogram": [[50, 98], [3000, 2]]}
    series = type("Series", (), {"iterations": [line]})
    assert asked.figures(series) == [3000.0]
