"""Compute the figures of a comparison, to show and keep, from its raw series."""

import platform
import socket
from pathlib import Path
from statistics import median as middle
from typing import Any, TypeVar

from zbench.machine import usable_cores
from zbench.measure.doubts import doubts, settings_mark
from zbench.peers.run import Series
from zbench.reports.model import ProcessValues, Result, Run, Versus
from zbench.statistics.estimate import bootstrap_ci, estimate, medians, ratio_ci, relative_spread
from zbench.versus.session import Cell, Contender, VersusSession, percentile

T = TypeVar("T")
Interval = tuple[float, float]
CATEGORY = "versus"
SHARES = (50.0, 90.0, 99.0, 99.9, 99.99)


def to_run(session: VersusSession, label: str | None, run_id: int = 0) -> Run:
    """Compute a comparison's figures, a result for each side of each cell."""
    return Run(
        id=run_id,
        label=label,
        started=session.started,
        duration_s=session.duration_s,
        complete=session.complete,
        host=host() | settings_mark(),
        results=[_result(e, cell, session) for cell in session.cells for e in cell.contenders],
    )


def host() -> dict[str, Any]:
    """The machine, under the names that pyperf's metadata has."""
    found: dict[str, Any] = {
        "hostname": socket.gethostname(),
        "cpu_count": usable_cores(),
        "platform": platform.platform(),
        "python_version": platform.python_version(),
    }
    try:
        text = Path("/proc/cpuinfo").read_text()
        load = Path("/proc/loadavg").read_text().split()[0]
    except OSError:
        return found
    model = next((row for row in text.splitlines() if row.startswith("model name")), "")
    return found | {"cpu_model_name": model.partition(": ")[2], "load_avg_1min": float(load)}


def _result(contender: Contender, cell: Cell, session: VersusSession) -> Result:
    """One side's figures; a wrong answer leaves it without times."""
    usable = [] if contender.wrong is not None else contender.series
    times = [_steady(cell, s, _times(s)) for s in usable]
    filled = [values for values in times if values]
    typical = estimate(filled) if filled else None
    spread = relative_spread([v for values in filled for v in values]) if filled else None
    counts = _latency(cell, usable)
    wrong_or_failed = contender.wrong is not None or bool(contender.failures)
    return Result(
        scenario=cell.scenario,
        parameters={
            "peer": contender.side.peer.name,
            "variant": contender.side.variant.name,
            "cores": cell.cores,
            **cell.parameters,
        },
        category=CATEGORY,
        ok=not wrong_or_failed and bool(filled),
        # The harness's answers are compared with zbench's own reckoning; see peers.run.
        verified=not wrong_or_failed and bool(filled),
        attempted=wrong_or_failed or bool(usable),
        messages=cell.expected(session.settings.seed).messages,
        ns_per_message=typical,
        messages_per_s=1e9 / typical if typical else None,
        ci95=bootstrap_ci(filled) if filled else None,
        spread=spread,
        latency_ns=_percentiles(counts),
        floor=None,
        floor_ratio=None,
        extra=_extra(usable),
        warnings=_warnings(contender, cell, session, spread, len(filled)),
        processes=[ProcessValues(values) for values in filled],
        latency_counts=[(float(ns), count) for ns, count in counts],
        versus=_versus(contender, cell, session),
    )


def _versus(contender: Contender, cell: Cell, session: VersusSession) -> Versus:
    """Compare this side with the first one of its cell."""
    first, wrong = cell.contenders[0], contender.wrong is not None
    groups = [] if wrong else _groups(contender, cell)
    others = [] if first.wrong is not None else _groups(first, cell)
    value = estimate(groups)
    ratio, ratio_ci95 = None, None
    if contender.is_warm(session.settings) and first.is_warm(session.settings):
        ratio, ratio_ci95 = _ratio(groups, others)
    usable = [] if wrong else contender.series
    hello = next((s.hello for s in contender.series if s.hello), {})
    extra = [s.iterations[0].get("extra", {}) for s in usable if s.iterations]
    return Versus(
        peer=contender.side.peer.name,
        variant=contender.side.variant.name,
        cores=cell.cores,
        reference=first.side.name,
        figure=cell.figure,
        rounds=session.settings.rounds,
        version=hello.get("version", ""),
        runtime=hello.get("runtime", ""),
        options={str(k): str(v) for k, v in (hello.get("options") or {}).items()},
        value=value if value > 0 else None,
        value_ci95=bootstrap_ci(groups) if value > 0 else None,
        ratio=ratio,
        ratio_ci95=None if contender is first else ratio_ci95,
        startup_ms=_median([s.startup_s * 1e3 for s in usable if s.startup_s]),
        first_answer_ms=_median([s.first_answer_s * 1e3 for s in usable if s.first_answer_s]),
        rss_bytes=_memory(usable, "rss_bytes"),
        peak_rss_bytes=_memory(usable, "peak_rss_bytes"),
        retained_bytes_per_actor=_of(extra, "retained_bytes_per_actor"),
        resident_bytes_per_actor=_of(extra, "resident_bytes_per_actor"),
        warmup=[cell.steady(s) for s in usable if s.iterations],
    )


def _groups(contender: Contender, cell: Cell) -> list[list[float]]:
    """The compared figure's steady values, a list a round, empty where there are none."""
    return [[] if s is None else _steady(cell, s, cell.figures(s)) for s in contender.rounds]


def _ratio(a: list[list[float]], b: list[list[float]]) -> tuple[float | None, Interval | None]:
    """The ratio of two sides and its interval, over the rounds in which both became steady.

    If there is no such round, the ratio is over all rounds, without an interval.
    """
    shared = [(p, q) for p, q in zip(a, b, strict=False) if p and q]
    upper = [p for p, _ in shared] or a
    lower = [q for _, q in shared] or b
    value, reference = estimate(upper), estimate(lower)
    if not (value > 0 and reference > 0):
        return None, None
    return value / reference, ratio_ci(upper, lower, paired=True) if shared else None


def _steady(cell: Cell, series: Series, values: list[T]) -> list[T]:
    """Values after warm-up; none where no steady state was reached."""
    begin = cell.steady(series)
    return [] if begin is None else values[begin:]


def _times(series: Series) -> list[float]:
    return [line["elapsed_ns"] / line["messages"] for line in series.iterations]


def _median(values: list[float]) -> float | None:
    return float(middle(values)) if values else None


def _memory(usable: list[Series], name: str) -> float | None:
    """Median over processes of a figure of their last iteration."""
    found = [s.iterations[-1].get(name) for s in usable if s.iterations]
    return _median([value for value in found if value is not None])


def _of(extra: list[dict[str, float]], name: str) -> float | None:
    """Median over processes of a figure of their first iteration: later ones reuse memory."""
    return _median([found[name] for found in extra if name in found])


def _extra(usable: list[Series]) -> dict[str, float | None]:
    """Median over all iterations of the figures that only this harness has."""
    return dict(medians(line.get("extra") or {} for series in usable for line in series.iterations))


def _latency(cell: Cell, usable: list[Series]) -> list[tuple[int, int]]:
    """The merged histogram of all steady iterations."""
    merged: dict[int, int] = {}
    for series in usable:
        for line in _steady(cell, series, series.iterations):
            for ns, count in line.get("histogram") or ():
                merged[ns] = merged.get(ns, 0) + count
    return sorted(merged.items())


def _percentiles(counts: list[tuple[int, int]]) -> dict[str, float] | None:
    if not counts:
        return None
    pairs = [list(pair) for pair in counts]
    found = {f"p{share:g}": percentile(pairs, share) for share in SHARES}
    total = sum(count for _, count in counts)
    return found | {
        "max": float(counts[-1][0]),
        "mean": sum(ns * count for ns, count in counts) / total,
    }


def _warnings(
    contender: Contender, cell: Cell, session: VersusSession, spread: float | None, processes: int
) -> list[str]:
    """List the reasons to doubt the figures."""
    run = [s for s in contender.series if s.iterations and contender.wrong is None]
    unsteady = sum(cell.steady(s) is None for s in run)
    particular = []
    if unsteady:
        particular.append(
            f"no steady state in {unsteady} of {len(run)} processes (at last "
            f"{len(run[-1].iterations)} iterations), which are left out; give more --iterations"
        )
    if run and not contender.is_warm(session.settings):
        particular.append(
            "not warm: with --quick its code is not compiled to the end, so it has no ratio"
        )
    return doubts(
        contender,
        session.complete,
        spread,
        processes,
        repair="the harness",
        unit="rounds",
        particular=particular,
    )
