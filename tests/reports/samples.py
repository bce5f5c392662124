"""Results and runs as a store would hold them, for pages."""

import dataclasses

from zbench.reports.model import ProcessValues, Result, Run, Versus
from zbench.reports.page import render


def result(name, ns=20.0, **changed):
    made = Result(
        scenario=name,
        parameters={"workers": 1},
        category="micro",
        ok=True,
        messages=1000,
        ns_per_message=ns,
        messages_per_s=1e9 / ns,
        ci95=(ns * 0.98, ns * 1.02),
        spread=0.01,
        latency_ns={"p50": 30.0, "p99": 40.0, "p99.9": 90.0, "max": 1e5},
        floor="floor-cache-line",
        floor_ratio=0.2,
        processes=[ProcessValues([ns, ns * 1.01]), ProcessValues([ns * 0.99, ns], 8.0, "cold")],
        latency_counts=[(30.0, 900), (40.0, 90), (1e5, 10)],
    )
    return dataclasses.replace(made, **changed)


def run_of(*results, number=1, **changed):
    made = Run(number, "a label", "2026-01-01T00:00:00+00:00", 5.0, True, {}, list(results))
    return dataclasses.replace(made, **changed)


FAILED = result(
    "broken",
    ok=False,
    ns_per_message=None,
    messages_per_s=None,
    ci95=None,
    spread=None,
    latency_ns=None,
    floor=None,
    floor_ratio=None,
    processes=[],
    latency_counts=[],
    warnings=["wrong answer: 1; run it alone"],
)


def compared(peer, ratio, variant="default", cores=1, **changed):
    """A result of one side."""
    side = Versus(peer, variant, cores, "zbench", "ns/message", 5, "1.2.3", "a runtime")
    side = dataclasses.replace(
        side,
        value=20 * ratio,
        value_ci95=(19 * ratio, 21 * ratio),
        ratio=ratio,
        ratio_ci95=None if ratio == 1 else (ratio * 0.9, ratio * 1.1),
        startup_ms=12.0,
        peak_rss_bytes=3 * 2**20,
        warmup=[0, 2],
    )
    side = dataclasses.replace(side, **changed)
    parameters = {"peer": peer, "variant": variant, "cores": cores, "pings": 100}
    return result("ping-pong", 20 * ratio, parameters=parameters, category="versus", versus=side)


def open_page(browser, tmp_path, runs):
    path = tmp_path / "report.html"
    path.write_text(render(runs), encoding="utf-8")
    browser.get(path.as_uri())
