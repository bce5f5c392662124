import time

import pytest
from selenium.webdriver.common.by import By
from zbench.reports.page import render
from zbench.reports.units import nanoseconds, rate

from tests.reports.samples import FAILED, open_page, result, run_of


def test_a_page_without_runs_says_how_to_make_one():
    assert "zbench run ping-pong" in render([])


def test_a_failed_result_has_no_figures_and_its_reason_is_told():
    page = render([run_of(FAILED)])
    assert "failed" in page
    assert "wrong answer: 1" in page


def test_an_interrupted_run_says_so():
    assert "Interrupted" in render([run_of(result("a"), complete=False)])


def test_hostile_names_stay_text():
    page = render([run_of(result('</script><script>alert("x")</script>'), label="<b>")])
    assert "<script>alert" not in page
    assert "<b>" not in page


def test_two_runs_are_compared_by_their_ratio():
    page = render([run_of(result("a", 20.0)), run_of(result("a", 30.0), number=2)])
    assert "1.500" in page


def test_nothing_is_loaded_from_a_network():
    page = render([run_of(result("a"))])
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ns"),
        (19.31, "19.3 ns"),
        (1500, "1.5 us"),
        (2e6, "2 ms"),
        (3e9, "3 s"),
        (float("nan"), "-"),
    ],
)
def test_nanoseconds_are_written_in_the_unit_that_suits_them(value, text):
    assert nanoseconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0/s"), (5.2e7, "52M/s"), (float("inf"), "-")])
def test_rates_are_written_in_the_unit_that_suits_them(value, text):
    assert rate(value) == text


def test_the_table_sorts_and_filters_in_a_browser_without_errors(browser, tmp_path):
    results = [result("slow", 30.0), result("fast", 10.0), FAILED]
    open_page(browser, tmp_path, [run_of(*results)])
    heads = browser.find_elements(By.CSS_SELECTOR, "table.results th button")
    heads[1].click()
    rows = browser.find_elements(By.CSS_SELECTOR, "table.results tbody tr")
    assert [r.text.split()[0] for r in rows] == ["fast", "slow", "broken"]
    heads[1].click()
    rows = browser.find_elements(By.CSS_SELECTOR, "table.results tbody tr")
    assert [r.text.split()[0] for r in rows] == ["slow", "fast", "broken"]
    browser.find_element(By.CSS_SELECTOR, "input.filter").send_keys("fas")
    time.sleep(0.1)
    shown = [r.text.split()[0] for r in rows if r.is_displayed()]
    assert shown == ["fast"]
    assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []


def test_the_page_fits_a_phone(browser, tmp_path):
    browser.set_window_size(390, 800)
    name = "a-rather-long-scenario-name-that-goes-on"
    open_page(browser, tmp_path, [run_of(result(name), FAILED)])
    wide = browser.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0


def test_warnings_that_differ_in_their_numbers_are_one():
    said = ("spread by 9% around the median", "spread by 31.5% around the median")
    page = render([run_of(*(result(f"s{k}", warnings=[w]) for k, w in enumerate(said)))])
    assert "spread by 9 to 31.5% around the median" in page
