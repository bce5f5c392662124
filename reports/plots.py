"""Plots as small SVG drawings, readable without colour and without a network."""

import math
from html import escape

from zbench.reports.model import Result
from zbench.reports.units import nanoseconds

WIDTH, HEIGHT = 640, 40
LEFT, RIGHT = 16, 16
ROW = 26


def _svg(height: int, title: str, body: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg>"
    )


def distribution(result: Result) -> str:
    """Every value as a dot, a row a process; the interval as a band, the median as a line."""
    values = [v for p in result.processes for v in p.ns_per_message]
    if not values or result.ns_per_message is None:
        return ""
    shown = [*values, *(result.ci95 or ())]
    low, high = min(shown), max(shown)
    room = (high - low) * 0.04 or high * 0.01 or 1.0
    low, high = low - room, high + room

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    height = ROW * len(result.processes) + HEIGHT
    body = []
    if result.ci95 is not None:
        start, end = (x(v) for v in result.ci95)
        body.append(
            f'<rect class="band" x="{start:.1f}" y="4" width="{max(1.0, end - start):.1f}" '
            f'height="{height - HEIGHT}"/>'
        )
    middle = x(result.ns_per_message)
    body.append(
        f'<line class="median" x1="{middle:.1f}" x2="{middle:.1f}" y1="2" y2="{height - 34}"/>'
    )
    for row, process in enumerate(result.processes):
        y = 4 + ROW * (row + 0.5)
        body += [
            f'<circle class="dot" cx="{x(v):.1f}" cy="{y:.1f}" r="4"><title>process {row + 1}: '
            f"{v:.3f} ns</title></circle>"
            for v in process.ns_per_message
        ]
    body += _axis(low, high, x, height)
    return _svg(height, f"{result.scenario}: nanoseconds a message, a row a process", body)


def _axis(low: float, high: float, x: "object", height: int) -> list[str]:
    """A line with about five round numbers below it."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(step * m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
    digits = max(0, -math.floor(math.log10(step)))
    base = height - 30
    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>']
    tick = math.ceil(low / step) * step
    while tick <= high:
        place = x(tick)  # type: ignore[operator]
        parts.append(
            f'<line class="axis" x1="{place:.1f}" x2="{place:.1f}" y1="{base}" y2="{base + 5}"/>'
        )
        parts.append(f'<text x="{place:.1f}" y="{base + 20}">{tick:.{digits}f}</text>')
        tick += step
    return parts


def percentiles(result: Result) -> str:
    """Latency over the percentile, both on logarithmic scales."""
    total = sum(count for _, count in result.latency_counts)
    if not total:
        return ""
    points, seen = [], 0
    for bound, count in result.latency_counts:
        seen += count
        points.append((math.log10(total / max(total - seen, 0.5)), math.log10(max(bound, 1.0))))
    last = max(points[-1][0], 1.0)
    bottom, top = math.floor(points[0][1]), math.ceil(points[-1][1] + 1e-9)
    top = max(top, bottom + 1)
    left, height = 70, 260

    def place(across: float, up: float) -> tuple[float, float]:
        x = left + across / last * (WIDTH - left - RIGHT)
        return x, 10 + (top - up) / (top - bottom) * (height - 50)

    line = " ".join("{:.1f},{:.1f}".format(*place(*p)) for p in [(0.0, points[0][1]), *points])
    body = []
    for power in range(bottom, top + 1):
        _, y = place(0, power)
        body.append(
            f'<line class="grid" x1="{left}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        body.append(
            f'<text class="end" x="{left - 8}" y="{y + 4:.1f}">{nanoseconds(10.0**power)}</text>'
        )
    for nines, name in enumerate(("0", "90", "99", "99.9", "99.99", "99.999", "99.9999")):
        if nines <= last:
            x, _ = place(nines, bottom)
            body.append(
                f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{height - 40}"/>'
            )
            body.append(f'<text x="{x:.1f}" y="{height - 20}">{name} %</text>')
    body.append(f'<polyline class="curve" points="{line}"/>')
    return _svg(height, f"{result.scenario}: latency over the percentile", body)
