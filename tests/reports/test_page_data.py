"""What a report says and leaves out at the edges, and that it stays one quick, quiet file."""

import dataclasses
import json
import re

import pytest
from zbench.reports import page, plots
from zbench.reports.model import ProcessValues
from zbench.reports.units import nanoseconds, rate

from tests.reports.samples import FAILED, open_page, result, run_of

NAN = float("nan")
HERE = {"hostname": "here", "cpu_model_name": "some processor", "cpu_count": 2}


def data_of(text):
    found = re.search(r'id="zbench-data">(.*?)</script>', text, re.DOTALL)[1]
    return json.loads(found, parse_constant=pytest.fail)


def test_the_page_carries_its_runs_as_json():
    runs = [run_of(result("a</script>"), FAILED)]
    assert data_of(page.render(runs)) == json.loads(json.dumps([dataclasses.asdict(runs[0])]))


def test_what_is_not_a_number_is_null_in_the_json_and_breaks_no_plot():
    odd = result("a", spread=NAN, ci95=(NAN, 1.0), processes=[ProcessValues([NAN, 1.0, 2.0])])
    assert data_of(page.render([run_of(odd)]))[0]["results"][0]["spread"] is None


@pytest.mark.parametrize(
    "changed",
    [
        {"floor_ratio": None},
        {"messages_per_s": None},
        {"ci95": None},
        {"spread": None},
        {"latency_ns": {}, "latency_counts": [(0.0, 0)]},
        {"processes": [ProcessValues([])]},
        {"parameters": {}},
        {"ns_per_message": 0.0, "ci95": (0.0, 0.0), "processes": [ProcessValues([0.0])]},
    ],
    ids=lambda changed: " ".join(changed),
)
def test_a_result_that_lacks_a_figure_is_still_shown(changed):
    assert "How to read this" in page.render([run_of(result("a", **changed))])


def test_a_run_without_results_and_a_failure_without_a_reason_are_told():
    assert "Nothing was measured" in page.render([run_of()])
    silent = dataclasses.replace(FAILED, warnings=[])
    assert "run it alone to see why" in page.render([run_of(silent)])


@pytest.mark.parametrize(
    "other",
    [{"ok": False}, {"ci95": None}, {"ns_per_message": None}, {"ci95": (0.0, 30.0)}],
    ids=["wrong answer", "no interval", "no figure", "interval down to zero"],
)
def test_there_is_no_ratio_without_two_verified_figures_with_intervals(other):
    later = run_of(result("a", 30.0, **other), number=2)
    assert "<strong>\N{MULTIPLICATION SIGN}" not in page.render([run_of(result("a")), later])


def test_a_wrong_answer_of_either_run_is_compared_with_nothing():
    right, wrong = result("a"), result("a", 30.0, ok=False)
    assert page._cell(right, wrong).ratio is None
    assert page._cell(wrong, right).ratio is None
    told = page.render([run_of(wrong), run_of(right, number=2)])
    assert "<strong>\N{MULTIPLICATION SIGN}" not in told


def test_a_ratio_has_bounds_and_is_called_a_difference_only_outside_them():
    slower, same = result("a", 30.0), result("a", 20.1)
    told = page.render([run_of(result("a")), run_of(slower, number=2), run_of(same, number=3)])
    assert "1.441 – 1.561" in told  # noqa: RUF001
    assert told.count("<br>slower</td>") == 1
    assert told.count("<br>no difference shown</td>") == 1


@pytest.mark.parametrize("name", list(HERE))
def test_runs_of_different_machines_are_not_compared_without_a_warning(name):
    first = run_of(result("a"), host=HERE)
    assert "different machines" not in page.render([first, first])
    other = run_of(result("a"), host=HERE | {name: "another"})
    assert "different machines" in page.render([first, other])


def test_a_warning_of_many_results_is_told_once_with_their_names():
    both = [result(name, warnings=["be careful; do this"]) for name in ("one", "two")]
    told = page.render([run_of(*both)])
    assert told.split("<script", maxsplit=1)[0].count("be careful; do this") == 1


def test_compile_time_is_stated_apart_for_cold_and_warm_processes():
    told = page.render([run_of(result("a"))])
    assert "compiled in 1 process (cold), 8 s at most" in told
    assert "loaded from the cache in 1 process (warm), 0 s at most" in told


def test_a_sweep_is_drawn_only_over_exactly_one_number():
    def at(**parameters):
        return result("a", parameters=parameters)

    swept = page._swept
    assert [name for name, _ in swept([at(workers=1, n=5), at(workers=2, n=5)])] == ["workers"]
    assert swept([at(workers=1, n=5), at(workers=2, n=6)]) == []
    assert swept([at(dispatch="table"), at(dispatch="specialised")]) == []
    assert swept([at(workers=1)]) == []
    assert "over workers" in plots.sweep("workers", [at(workers=2), at(workers=1)])


def test_a_failed_result_is_in_no_plot():
    wrong = result("wrong", ok=False)
    assert plots.floors([("wrong", wrong)]) == ""
    assert plots.sweep("workers", [wrong, wrong]) == ""
    assert "<circle" not in page.render([run_of(wrong)])
    assert '<path class="dot"' not in page.render([run_of(wrong)])


def test_hostile_text_stays_text_wherever_it_stands():
    evil = '"><img src=x onerror=alert(1)>'
    odd = result(
        evil, parameters={evil: evil, "n": 1}, extra={evil: 1.0}, warnings=[evil], floor=evil
    )
    twin = dataclasses.replace(odd, parameters={evil: evil, "n": 2})
    run = run_of(odd, twin, label=evil, host={evil: evil, "cpu_model_name": evil})
    assert "<img" not in page.render([run, run])


def test_two_hundred_results_are_one_page():
    latency = [(10.0 * 1.1**n, 1000 - n) for n in range(200)]
    values = [ProcessValues([20.0 + n for n in range(10)]) for _ in range(20)]
    many = [result(f"s{n}", latency_counts=latency, processes=values) for n in range(200)]
    told = page.render([run_of(*many)])
    assert told.count("<article") == 200


def test_a_page_is_replaced_in_one_step_and_kept_when_it_cannot_be(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    page.write([run_of(result("a"))], path)
    whole = path.read_text(encoding="utf-8")
    assert whole.rstrip().endswith("</html>")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        page.write([], path)
    assert path.read_text(encoding="utf-8") == whole
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_is_written_through_a_link_and_beside_a_long_name(tmp_path):
    real = tmp_path / ("r" * 250 + ".html")
    link = tmp_path / "link.html"
    link.symlink_to(real)
    page.write([], link)
    assert link.is_symlink()
    assert "</html>" in real.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (999.7, "1 us"),
        (999_600, "1 ms"),
        (1e-9, "< 0.001 ns"),
        (0.25, "0.25 ns"),
        (3.6e12, "3,600 s"),
        (1e18, "1.00e+09 s"),
        (-1500, "-1.5 us"),
        (float("-inf"), "-"),
    ],
)
def test_durations_at_the_edges(value, text):
    assert nanoseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(999.6, "1K/s"), (1e-6, "< 0.001/s"), (7, "7/s"), (4.5e12, "4,500G/s"), (NAN, "-")],
)
def test_rates_at_the_edges(value, text):
    assert rate(value) == text


def test_the_page_loads_nothing_but_itself_and_logs_nothing(browser, tmp_path):
    two = [run_of(result("a"), result("b", parameters={"workers": 2}), FAILED, host=HERE)] * 2
    open_page(browser, tmp_path, two)
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)"
    )
    assert [name for name in loaded if not name.startswith("data:")] == []
    ids = browser.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert len(browser.get_screenshot_as_png()) > 10_000
    assert browser.get_log("browser") == []


def test_sorting_tells_its_order_and_the_filter_its_count(browser, tmp_path):
    open_page(browser, tmp_path, [run_of(result("slow", 30.0), result("fast", 10.0))])

    def js(text):
        return browser.execute_script(text)

    orders = (
        "return [...document.querySelectorAll('.results th')].map(h => h.getAttribute('aria-sort'))"
    )
    js("document.querySelectorAll('.results th button')[1].click()")
    assert js(orders)[:3] == [None, "ascending", None]
    js("document.querySelectorAll('.results th button')[1].click()")
    assert js(orders)[:3] == [None, "descending", None]
    browser.find_element("css selector", "input.filter").send_keys("fast")
    assert js("return document.querySelector('[role=status]').textContent") == "1 of 2 shown"


def test_rows_without_a_figure_come_last_in_both_orders(browser, tmp_path):
    open_page(browser, tmp_path, [run_of(FAILED, result("slow", 30.0), result("fast", 10.0))])
    names = (
        "document.querySelectorAll('.results th button')[1].click();"
        "return [...document.querySelectorAll('.results tbody a')].map(a => a.textContent)"
    )
    assert browser.execute_script(names) == ["fast", "slow", "broken"]
    assert browser.execute_script(names) == ["slow", "fast", "broken"]


def test_long_names_and_comparisons_fit_a_phone(browser, tmp_path):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    odd = result("n" * 200, warnings=["w" * 200], parameters={"p" * 80: "v" * 80})
    run = run_of(odd, result("a"), FAILED, label="l" * 200, host=HERE | {"platform": "x" * 200})
    open_page(browser, tmp_path, [run, run])
    wide = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide == [390, 390]
