"""The page as it is seen: on a phone, in the dark, on paper, by keyboard and by screen readers."""

import base64
import dataclasses
import itertools
import re

import pytest
from zbench.reports import plots
from zbench.reports.model import ProcessValues

from tests.reports.samples import FAILED, compared, open_page, result, run_of

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
DESK = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
PAPER = {"width": 703, "height": 1000, "deviceScaleFactor": 1, "mobile": False}  # A4's text
LONG = {"pings": 500_000, "message_bytes": 64, "dispatch": "specialised", "supervision": "off"}
PEERS = ("zbench", "actix", "akka", "caf", "erlang", "go", "kameo", "pekko", "ractor")
MOST_PAGES = 8
TEXT, MARK = 4.5, 3.0  # least contrasts of WCAG 2.1, level AA


def measured(name, ns, **changed):
    values = [ProcessValues([ns * (1 + 0.001 * k) for k in range(30)]) for _ in range(5)]
    return result(name, ns, processes=values, parameters=LONG, **changed)


def own(number):
    swept = [
        result("sweep", 10.0**n, parameters={"n": 10**n, "latency": "off"}, floor_ratio=10.0**-n)
        for n in range(6)
    ]
    return run_of(
        measured("ping-pong", 20.0 * number, floor_ratio=0.9),
        measured("counting", 24.0, floor_ratio=0.01),
        measured("n" * 60, 5e6, floor_ratio=31.2),
        FAILED,
        *swept,
        number=number,
        label=f"label-{number}",
    )


def two_runs():
    """A comparison of two scenarios, each beside its floor."""
    names = ("ping-pong", "counting", "floor-cache-line", "floor-ring")
    return [run_of(*(measured(n, 20.0 * k) for n in names), number=k) for k in (1, 2)]


def versus_of(*names, cores=(1, 2), figure="ns/message", **changed):
    """Two variants of every peer, some faster than the reference and some slower."""
    sides = [(peer, variant) for peer in PEERS for variant in ("default", "tuned")]
    found = []
    for name in names:
        for count in cores:
            for k, (peer, variant) in enumerate(sides):
                ratio = 0.8 * 1.2**k if k else 1
                made = compared(peer, ratio, variant, count, figure=figure, **changed)
                shown = made.latency_ns if figure == "p99 ns" else None
                made = dataclasses.replace(made, scenario=name, latency_ns=shown, floor_ratio=None)
                found.append(made)
    return found


def everything():
    memory = {"retained_bytes_per_actor": 500.0, "resident_bytes_per_actor": 600.0}
    sides = [
        *versus_of("ping-pong", "counting", cores=(1,)),
        *versus_of("latency-under-load", cores=(1,), figure="p99 ns"),
        *versus_of("fork-join-creation", cores=(1,), figure="ns/actor", **memory),
    ]
    return [own(1), own(2), run_of(*sides, number=3)]


def see(browser, device, scheme="light", media=""):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def pages_of(browser):
    """How many sheets of A4 the page is on paper."""
    printed = browser.execute_cdp_cmd(
        "Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": False}
    )
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(printed["data"])))


BEYOND = """
return [...document.querySelectorAll('main *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !e.parentElement.closest('.scroll');
}).map(e => e.outerHTML.slice(0, 120));
"""
HINTS = """
return [...document.querySelectorAll('.scroll')].filter(b => b.clientWidth).map(b => [
  b.scrollWidth > b.clientWidth + 1, b.previousElementSibling.checkVisibility(), b.tabIndex === 0,
]);
"""
FAINT = """
const number = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
const ground = e => {
  for (; e; e = e.parentElement) {
    const found = number(getComputedStyle(e).backgroundColor);
    if (found.length === 3 || found[3] === 1) return light(found);
  }
  return 1;
};
const contrast = (colour, e) => {
  const [low, high] = [light(number(colour)), ground(e)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const found = [];
const check = (e, colour, least) => {
  const seen = contrast(colour, e);
  if (!(seen >= least)) found.push(`${seen.toFixed(2)} ${colour} ${e.outerHTML.slice(0, 100)}`);
};
for (const e of document.querySelectorAll('body *')) {
  if (!e.checkVisibility()) continue;
  const style = getComputedStyle(e);
  if (e.closest('svg')) {
    if (e.tagName === 'text') check(e, style.fill, arguments[0]);
    if (e.matches('.bar, .middle')) check(e, style.fill, arguments[1]);
    if (e.matches('.whisker, .curve, .median, .hollow')) check(e, style.stroke, arguments[1]);
  } else if ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) {
    check(e, style.color, arguments[0]);
  }
  if (e.placeholder) check(e, getComputedStyle(e, '::placeholder').color, arguments[0]);
}
return found;
"""
COVERED = """
const found = [];
const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const letters = r => ({  // a line of text is higher than its letters
  left: r.left, right: r.right, top: r.top + r.height * 0.15, bottom: r.bottom - r.height * 0.15,
});
for (const svg of document.querySelectorAll('svg')) {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
  const lines = [...svg.querySelectorAll('line')].map(l => [l, l.getBoundingClientRect()]);
  texts.forEach(([text, box], k) => {
    const cut = box.left < frame.left - 1 || box.right > frame.right + 1;
    if (cut) found.push(`cut: ${text.innerHTML}`);
    for (const [line, at] of lines) {
      const wide = {left: at.left - 0.5, right: at.right + 0.5, top: at.top, bottom: at.bottom};
      const upright = at.width <= 1;
      if (upright && meet(box, wide)) found.push(`on a line: ${text.innerHTML}`);
    }
    for (const [other, at] of texts.slice(k + 1)) {
      if (meet(letters(box), letters(at))) found.push(`${text.innerHTML} on ${other.innerHTML}`);
    }
  });
}
return found;
"""


@pytest.fixture
def page(browser, tmp_path):
    """A page with everything that a page can hold."""
    open_page(browser, tmp_path, everything())
    return browser


def test_nothing_is_cut_on_a_phone_and_a_wide_table_says_that_it_scrolls(page):
    see(page, PHONE)
    page.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.execute_script("return document.documentElement.scrollWidth") == PHONE["width"]
    assert page.execute_script(BEYOND) == []
    page.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
    told = page.execute_script(HINTS)
    assert any(wide for wide, _, _ in told)
    assert [(wide, hint, key) for wide, hint, key in told if not wide == hint == key] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_and_marks_stand_out_from_their_ground(page, scheme):
    see(page, DESK, scheme)
    assert page.execute_script(FAINT, TEXT, MARK) == []


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_no_label_of_a_plot_is_cut_or_lies_on_a_line_or_on_another(page, device):
    see(page, device)
    assert page.execute_script("return document.querySelectorAll('svg').length") > 20
    assert page.execute_script(COVERED) == []


def test_what_is_printed_fits_the_paper_and_leaves_closed_parts_out(page):
    see(page, PAPER, "dark", "print")
    assert page.execute_script("return document.documentElement.scrollWidth") <= PAPER["width"]
    assert page.execute_script(FAINT, TEXT, MARK) == []
    assert page.execute_script(COVERED) == []
    shown = "return [...document.querySelectorAll('details')].some(e => e.checkVisibility())"
    assert page.execute_script(shown) is False
    page.execute_script("document.querySelector('.card details').open = true")
    assert page.execute_script(shown) is True


@pytest.mark.parametrize(
    "runs",
    [two_runs(), [run_of(*versus_of("ping-pong", "counting"))]],
    ids=["two runs", "eighteen runtimes"],
)
def test_two_scenarios_compared_take_few_sheets_of_paper(browser, tmp_path, runs):
    open_page(browser, tmp_path, runs)
    assert 1 <= pages_of(browser) <= MOST_PAGES


def test_a_screen_reader_finds_headings_in_order_headers_of_tables_and_names_of_plots(page):
    levels = page.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for unnamed in (
        "th:not([scope])",
        "tbody tr:not(:has(> th[scope=row]))",
        "table:not([aria-labelledby])",
        "svg:not([role=img][aria-label])",
    ):
        assert page.find_elements("css selector", unnamed) == [], unnamed
    lost = """return [...document.querySelectorAll('[aria-labelledby], [aria-controls]')]
        .filter(e => !document.getElementById(
            e.getAttribute('aria-labelledby') || e.getAttribute('aria-controls')))
        .map(e => e.outerHTML.slice(0, 80));"""
    assert page.execute_script(lost) == []


def test_marks_of_a_scale_that_would_meet_are_left_out():
    drawn = plots.sweep("n", [result("s", 20, parameters={"n": n}) for n in range(1, 100)])
    shown = re.findall(r'y="254.0">(\d+)<', drawn)
    assert shown[0] == "1"
    assert 5 < len(shown) < 25
