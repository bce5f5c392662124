"""Plots as small SVG drawings: themed by the page, readable without colour or a network."""

import math
from collections.abc import Callable, Sequence
from html import escape

from zbench.reports.model import Result
from zbench.reports.units import nanoseconds, rate
from zbench.reports.units import ratio as times

WIDTH = 640
LEFT, RIGHT = 16, 24
AXIS = 36  # height of the scale below a plot
CHARACTER = 13  # most width of a character at a phone's size of text
LONGEST_NAME = 38  # characters that leave room for a number beside them
ROW = 44  # height of a name with its mark below
NINES = ("0", "90", "99", "99.9", "99.99", "99.999")
Scale = Callable[[float], float]


def distribution(result: Result) -> str:
    """Draw every value as a dot, a row a process, with the median and its interval below."""
    rows = [[v for v in p.ns_per_message if math.isfinite(v)] for p in result.processes]
    middle = result.ns_per_message
    if not any(rows) or middle is None or not math.isfinite(middle):
        return ""
    interval = _interval(result)
    low, high = _room([v for row in rows for v in row] + [middle, *(interval or ())])
    x = _linear(low, high, LEFT, WIDTH - RIGHT)
    step = 24 if len(rows) <= 12 else 12
    bottom = 4 + step * (len(rows) + 1)
    body = []
    if interval is not None:
        start, end = x(interval[0]), x(interval[1])
        body.append(_rect("band", start, 2, end - start, bottom - 2))
    body.append(_line("median", x(middle), 2, x(middle), bottom))
    for number, row in enumerate(rows):
        y = 4 + step * (number + 0.5)
        dots = "".join(f"M{x(v):.1f} {y:.1f}h0" for v in row)
        body.append(f'<path class="dot" d="{dots}"/>' if dots else "")
    y = 4 + step * (len(rows) + 0.5)
    if interval is not None:
        body.append(_whisker(x(interval[0]), y, x(interval[1]), y))
    body.append(_diamond(x(middle), y))
    body += _axis(low, high, x, bottom)
    return _svg(bottom + AXIS, f"{result.scenario}: nanoseconds a message, a row a process", body)


def percentiles(result: Result) -> str:
    """Draw latency over the percentile, both on logarithmic scales."""
    counts = [(b, c) for b, c in result.latency_counts if c > 0 and math.isfinite(b)]
    total = sum(count for _, count in counts)
    if not total:
        return ""
    points, seen = [], 0
    for bound, count in counts:
        # The bin holds the percentiles from those seen before it to those seen after it.
        height = math.log10(max(bound, 1.0))
        points.append((math.log10(total / (total - seen)), height))
        seen += count
        points.append((math.log10(total / max(total - seen, 0.5)), height))
    last = max(points[-1][0], 1.0)
    bottom, top = math.floor(points[0][1]), math.ceil(points[-1][1])
    top = max(top, bottom + 1)
    base, left = 240, 84
    x, y = _linear(0, last, left, WIDTH - RIGHT), _linear(bottom, top, base, 10)
    body = []
    for power in range(bottom, top + 1, 1 if top - bottom < 8 else 2):
        body.append(_line("grid", left, y(power), WIDTH - RIGHT, y(power)))
        body.append(_text(left - 8, y(power) + 5, nanoseconds(10.0**power), "end"))
    nines = [(k, f"{name} %") for k, name in enumerate(NINES) if k <= last]
    body += [_line("grid", x(k), 10, x(k), base) for k, _ in nines]
    body += _labels([(x(k), name) for k, name in nines], base, left - 6)
    line = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in points)
    body.append(f'<polyline class="curve" points="{line}"/>')
    return _svg(base + AXIS, f"{result.scenario}: latency over the percentile", body)


def floors(named: Sequence[tuple[str, Result]]) -> str:
    """Draw each result's ratio to its floor, as bars from 1 on a logarithmic scale."""
    bars = [(name, r.floor_ratio) for name, r in named if r.ok and r.floor_ratio]
    bars = [(name, ratio) for name, ratio in bars if math.isfinite(ratio) and ratio > 0]
    if not bars:
        return ""
    logs = [math.log10(ratio) for _, ratio in bars]
    low, high = min(0, math.floor(min(logs))), max(0, math.ceil(max(logs)))
    if low == high:
        low, high = -1, 1
    x, bottom = _linear(low, high, LEFT + 24, WIDTH - 40), ROW * len(bars) + 6
    marks = [(float(power), f"{10.0**power:g}") for power in range(low, high + 1)]
    body = _logarithmic(x, marks, len(bars), "axis")
    for row, (name, ratio) in enumerate(bars):
        y, end = ROW * row, x(math.log10(ratio))
        body += _named(y, name, times(ratio))
        body.append(_rect("bar", min(x(0), end), y + 25, abs(end - x(0)), 13))
    return _svg(bottom + AXIS, "Time a message over the floor's; 1 is the floor itself", body)


def ratios(reference: str, sides: Sequence[tuple[str, float, tuple[float, float] | None]]) -> str:
    """Draw each side's ratio to the reference as a diamond with its interval, 1 marked."""
    shown = [(n, r, i) for n, r, i in sides if r > 0 and (i is None or min(i) > 0)]
    if len(shown) < 2:
        return ""
    logs = [math.log10(v) for _, ratio, i in shown for v in (ratio, *(i or ()))] + [0.0]
    low, high = _room(logs)
    x, bottom = _linear(low, high, LEFT + 24, WIDTH - 40), ROW * len(shown) + 6
    marks = [(math.log10(value), f"{value:g}") for value in _marks(10**low, 10**high)]
    body = _logarithmic(x, marks, len(shown), "median")
    for row, (name, ratio, interval) in enumerate(shown):
        y = ROW * row
        body += _named(y, name, f"{ratio:.3g}")
        if interval is not None:
            first, end = (x(math.log10(bound)) for bound in interval)
            body.append(_whisker(first, y + 31, end, y + 31))
        body.append(_diamond(x(math.log10(ratio)), y + 31))
    return _svg(bottom + AXIS, f"Time over that of {reference}, which is 1; more is slower", body)


def cited(figures: Sequence[tuple[str, float]]) -> str:
    """Draw cited figures as hollow bars, apart from measured ones."""
    x = _linear(0, max(value for _, value in figures), LEFT, WIDTH - LEFT)
    body = []
    for row, (name, value) in enumerate(figures):
        y = ROW * row
        body += _named(y, f"{name} (cited)", rate(value))
        body.append(_rect("hollow", LEFT, y + 25, x(value) - LEFT, 13))
    return _svg(ROW * len(figures) + 6, "Messages a second as docs/targets.md cites them", body)


def _named(y: float, name: str, value: str) -> list[str]:
    """Return a row's name and, at the far end, its number, both above its mark."""
    return [
        _text(LEFT, y + 18, _short(name), "start name", name if _short(name) != name else ""),
        _text(WIDTH - LEFT, y + 18, value, "end name"),
    ]


def _logarithmic(
    x: Scale, marks: Sequence[tuple[float, str]], rows: int, reference: str
) -> list[str]:
    """Return the lines of a scale and of 1, beside the marks only, so that no name is on one."""
    places = [(x(place), "grid") for place, _ in marks if place] + [(x(0), reference)]
    lines = [
        _line(kind, at, ROW * row + 24, at, ROW * row + 41)
        for at, kind in places
        for row in range(rows)
    ]
    return lines + _labels([(x(place), text) for place, text in marks], ROW * rows + 6)


def _labels(texts: Sequence[tuple[float, str]], base: float, start: float = 0.0) -> list[str]:
    """Return texts below a scale; one that would lie on the text before it is left out."""
    found, free = [], start
    for at, text in texts:
        half = CHARACTER * len(text) / 2
        middle = min(max(at, start + half), WIDTH - half)
        if middle - half >= free:
            found.append(_text(middle, base + 24, text))
            free = middle + half
    return found


def _marks(low: float, high: float) -> list[float]:
    """Round numbers of a range on a logarithmic scale, few enough to be read."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1,)):
        found = [10.0**p * s for p in powers for s in steps if low <= 10.0**p * s <= high]
        if len(found) <= 8:
            break
    return found


def sweep(name: str, results: Sequence[Result]) -> str:
    """Draw nanoseconds a message over the one parameter that varies, with intervals."""
    points = sorted(
        (float(r.parameters[name]), r.ns_per_message, _interval(r))
        for r in results
        if r.ok and r.ns_per_message is not None and math.isfinite(r.ns_per_message)
    )
    if len(points) < 2:
        return ""
    places = [place for place, _, _ in points]
    logs = places[0] > 0 and places[-1] / places[0] > 16
    across = [math.log10(p) for p in places] if logs else places
    ends = [bound for _, _, interval in points for bound in interval or ()]
    low, high = 0.0, max([value for _, value, _ in points] + ends) * 1.08 or 1.0
    base, left = 230, 84
    x, y = _linear(across[0], across[-1], left + 30, WIDTH - 50), _linear(low, high, base, 10)
    body = []
    for tick, _ in _ticks(low, high):
        body.append(_line("grid", left, y(tick), WIDTH - RIGHT, y(tick)))
        body.append(_text(left - 8, y(tick) + 5, nanoseconds(tick), "end"))
    line = " ".join(
        f"{x(a):.1f},{y(value):.1f}" for a, (_, value, _) in zip(across, points, strict=True)
    )
    body.append(f'<polyline class="curve" points="{line}"/>')
    for a, (_, value, interval) in zip(across, points, strict=True):
        if interval is not None:
            body.append(_whisker(x(a), y(interval[1]), x(a), y(interval[0])))
        body.append(_diamond(x(a), y(value)))
    body += _labels([(x(a), f"{p:g}") for a, p in zip(across, places, strict=True)], base, left)
    scale = ", logarithmic" if logs else ""
    title = f"{results[0].scenario}: nanoseconds a message over {name}{scale}"
    return _svg(base + AXIS, title, body)


def _interval(result: Result) -> tuple[float, float] | None:
    if result.ci95 is None or not all(map(math.isfinite, result.ci95)):
        return None
    return result.ci95


def _room(values: Sequence[float]) -> tuple[float, float]:
    """Return a range with some room at both ends, never empty."""
    low, high = min(values), max(values)
    room = max((high - low) * 0.04, abs(high) * 0.005) or 1.0
    return low - room, high + room


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    per_unit = (end - start) / ((high - low) or 1.0)
    return lambda value: start + (value - low) * per_unit


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return about five round numbers of a range and their texts."""
    size = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(size * m for m in (1, 2, 5, 10) if (high - low) / (size * m) <= 6)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [(n * step, f"{n * step:.{digits}f}") for n in range(first, last + 1)]


def _axis(low: float, high: float, x: Scale, base: float) -> list[str]:
    parts = [_line("axis", LEFT, base, WIDTH - RIGHT, base)]
    ticks = [(x(tick), text) for tick, text in _ticks(low, high)]
    parts += [_line("axis", at, base, at, base + 4) for at, _ in ticks]
    return parts + _labels(ticks, base)


def _svg(height: float, title: str, body: list[str]) -> str:
    said = escape(title)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{said}">'
        f"<title>{said}</title>{''.join(body)}</svg>"
    )


def _short(name: str) -> str:
    return (
        name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )


def _text(x: float, y: float, text: str, kind: str = "", title: str = "") -> str:
    full = f"<title>{escape(title)}</title>" if title else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{full}{escape(text)}</text>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}/>'


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    size = f'width="{max(1.0, width):.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>'


def _whisker(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line with a cap at each end, upright or lying."""
    across, up = (5, 0) if x1 == x2 else (0, 5)
    caps = "".join(
        f"M{x - across:.1f} {y - up:.1f}L{x + across:.1f} {y + up:.1f}"
        for x, y in ((x1, y1), (x2, y2))
    )
    return f'<path class="whisker" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}{caps}"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path class="middle" d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"/>'
