import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import jsonschema
import pytest
import zbench
from zbench.statistics.steady import steady_from
from zbench.store import json_codec as records
from zbench.versus.results import _ratio, to_run
from zbench.versus.session import VersusSettings, measure, order

from tests.workbench.peers.fakes import cell, side, write_peer

ROUNDS = 3
SETTINGS = VersusSettings(rounds=ROUNDS, iterations=8, timeout=20)


def measured(*sides, settings=SETTINGS, **of):
    """The run of one cell with these sides."""
    return to_run(measure([cell(*sides, **of)], settings), None)


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
    _, threads, cpus, iterations, seed = json.loads(journal.read_text())
    assert (threads, len(cpus), iterations, seed) == (1, 1, 6, 9)


def test_warm_up_is_dropped_for_each_process():
    found = measured(side("one", "--warm", 3), iterations=10).results[0]
    assert found.versus.warmup == [3] * ROUNDS
    assert found.ns_per_message == pytest.approx(100, rel=1e-3)


def test_a_side_that_never_gets_steady_has_no_figure_and_gets_more_iterations():
    asked = cell(side("one", "--fault", "drift"), side("two"))
    run = to_run(measure([asked], VersusSettings(rounds=2, timeout=20)), None)
    assert [len(s.iterations) for s in asked.contenders[0].series] == [8, 16]
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


class TestSteadyState:
    def test_a_flat_series_has_no_warm_up(self):
        assert steady_from([100.0] * 8) == 0

    def test_leading_slow_iterations_are_warm_up(self):
        assert steady_from([300, 200, 120, 100, 100, 101, 99, 100, 100, 100]) == 3

    def test_a_slow_drift_is_no_steady_state(self):
        assert steady_from([100 * 1.1**k for k in range(20)]) is None

    def test_a_step_in_the_second_half_is_no_steady_state(self):
        assert steady_from([100.0] * 8 + [150.0] * 4) is None

    def test_too_few_iterations_show_nothing(self):
        assert steady_from([100.0] * 4) is None

    def test_noise_alone_is_rarely_taken_for_drift(self):
        seed = random.randrange(10**6)
        drawn = random.Random(seed)
        series = [[drawn.gauss(100, 10) for _ in range(20)] for _ in range(200)]
        steady = sum(steady_from(one) is not None for one in series)
        assert steady >= 180, f"seed {seed}: only {steady} of 200"


def test_the_command_measures_keeps_and_tells_who_is_left_out(tmp_path):
    write_peer(tmp_path / "peers", "one")
    write_peer(tmp_path / "peers", "two", variants=[("default", []), ("tuned", ["--ns", "50"])])
    write_peer(tmp_path / "peers", "gone", tools=[("lost", ["no-such-tool"], "look for it")])

    def call(*words):
        command = [sys.executable, "-m", "zbench.cli", *words, "--store", str(tmp_path / "s.db")]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=200)

    asked = ["versus", "counting", "--reference", "one", "--peers", "two,gone", "--quick"]
    asked += ["--peers-path", str(tmp_path / "peers"), "--cores", "1", "--save", "sides"]
    done = call(*asked)
    assert done.returncode == 0, done.stderr
    assert "gone is left out, tools missing: lost is missing: look for it" in done.stderr
    assert "two tuned" in done.stdout
    assert "cited, not measured" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Runtimes side by side" in (tmp_path / "report.html").read_text()
    assert "two tuned" in call("show", "sides").stdout
    schema = json.loads((Path(zbench.__file__).parent / "results.schema.json").read_text())
    jsonschema.validate(json.loads(call("show", "sides", "--json").stdout), schema)
    for form in ("pyperf", "csv", "json", "markdown"):
        assert call("export", "sides", "--format", form).returncode == 0, form
    for words, said in (
        ([asked[0], "countin", *asked[2:]], "did you mean counting?"),
        (["versus", "counting", "--reference", "nobody"], "no peer is called 'nobody'"),
        ([*asked, "-p", "mesages=5"], "did you mean messages?"),
        ([*asked, "-p", "messages=0"], "must be whole numbers above 0"),
        ([*asked[:4], "--peers", "two:fast", *asked[7:]], "no variant 'fast'"),
        ([*asked[:-4], "--cores", "999"], "--cores must be numbers"),
    ):
        done = call(*words)
        assert done.returncode == 2, (words, done.stdout)
        assert said in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_command_with_130_and_keeps_the_run(tmp_path):
    journal = tmp_path / "journal"
    variants = [("default", []), ("stuck", ["--fault", "hang", "--journal", str(journal)])]
    write_peer(tmp_path / "peers", "one")
    write_peer(tmp_path / "peers", "two", variants=variants)
    command = [sys.executable, "-m", "zbench.cli", "versus", "counting", "--reference", "one"]
    command += ["--peers", "two", "--peers-path", str(tmp_path / "peers"), "--quick"]
    command += ["--cores", "1", "--store", str(tmp_path / "s.db"), "--report", "none"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    while not journal.exists() or not journal.read_text():
        time.sleep(0.02)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "interrupted; what was measured is run 1" in said


def test_a_ratio_is_of_the_rounds_in_which_both_sides_got_steady():
    ratio, interval = _ratio([[], [30.0, 30.0], [40.0, 40.0]], [[1.0, 1.0], [10.0], [20.0]])
    assert ratio == pytest.approx(35 / 15)
    assert interval is not None
    assert interval[0] <= ratio <= interval[1]
    assert _ratio([[4.0], []], [[], [2.0]]) == (2.0, None)
    assert _ratio([[]], [[2.0]]) == (None, None)
