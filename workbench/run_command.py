"""``zbench run``: measure, show, keep, write the report."""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zbench import registry, sweeps
from zbench.errors import StoreError, ZbenchError
from zbench.measure import QUICK, Job, Plan, Progress, Session, make_jobs, measure
from zbench.reports.model import Run
from zbench.results import as_json, run_of
from zbench.store import Store
from zbench.tables import say, show_run

INTERRUPTED = 130


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    names: list[str]
    parameters: list[str]
    quick: bool
    processes: int | None
    save: str | None
    store: str | None
    report: str
    timeout_s: float
    as_json: bool


def run(options: Options) -> int:
    """Do it; the exit code."""
    store = Store(options.store)  # before measuring: a store that can't be used is told now
    jobs, known = jobs_of(options)
    session = measure_with_progress(jobs, plan_of(options))
    if not any(job.values() or job.failed for job in jobs):
        sys.stderr.write("zbench: interrupted before anything was measured\n")
        return INTERRUPTED
    kept, lost = _keep(store, run_of(session, options.save))
    if options.as_json:
        sys.stdout.write(json.dumps([as_json(r) for r in kept.results], indent=2) + "\n")
    else:
        usual = {n: {p.name: p.default for p in e.scenario.parameters} for n, e in known.items()}
        show_run(kept, usual)
    _report(kept, options)
    return _exit_code(session, lost)


def jobs_of(options: Options) -> tuple[list[Job], registry.Catalogue]:
    """The jobs that names and parameters ask for, all checked before anything runs."""
    files = [n for n in options.names if registry.is_file(n)]
    known = registry.catalogue(tuple(Path(f) for f in files))
    chosen: list[registry.Entry] = []
    for name in options.names:
        if registry.is_file(name):
            source = f"file:{Path(name).resolve()}"
            chosen += [e for e in known.values() if e.source == source]
        else:
            chosen.append(registry.find(name, known))
    given = sweeps.parse_assignments(options.parameters)
    sweeps.check_names([e.scenario for e in chosen], given)
    sets: list[tuple[registry.Entry, dict[str, Any]]] = [
        (entry, dict(p))
        for entry in chosen
        for p in sweeps.sweep(entry.scenario, given, options.quick)
    ]
    return make_jobs(sets, known, options.quick), known


def plan_of(options: Options) -> Plan:
    """How much to measure."""
    plan = replace(QUICK if options.quick else Plan(), timeout_s=options.timeout_s)
    return plan if options.processes is None else replace(plan, processes=options.processes)


def measure_with_progress(jobs: list[Job], plan: Plan) -> Session:
    """Measure with a live bar on a terminal."""
    with _progress() as progress:
        session = measure(jobs, plan, progress)
    if not session.complete:
        sys.stderr.write("zbench: interrupted; what was measured until then follows\n")
    return session


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """A bar with the time left, or nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda job, done, steps: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figure]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, figure="")

        def progress(job: Job, done: int, steps: int) -> None:
            values = sorted(v for p in job.values() for v in p)
            figure = f"{values[len(values) // 2]:.2f} ns" if values else ""
            bar.update(task, description=job.name, completed=done, total=steps, figure=figure)

        yield progress


def _keep(store: Store, run: Run) -> tuple[Run, bool]:
    """Store the run; whether the store refused it."""
    try:
        return store.save(run), False
    except StoreError as error:
        sys.stderr.write(f"zbench: {error}\n")
        return run, True


def _report(run: Run, options: Options) -> None:
    """Write the report unless it was declined; say where everything is."""
    where = sys.stderr if options.as_json else sys.stdout
    kept = f"run {run.id}" if run.id else "the run was not stored"
    if options.report == "none":
        where.write(f"{kept}\n")
        return
    from zbench.files import write
    from zbench.reports.page import render

    try:
        write(Path(options.report), render([run]))
    except ZbenchError as error:
        sys.stderr.write(f"zbench: {error}\n")
        return
    where.write(f"{kept}, report: {Path(options.report)}\n")


def _exit_code(session: Session, lost: bool) -> int:
    if not session.complete:
        return INTERRUPTED
    if lost:
        return 2
    return 1 if any(job.failed for job in session.jobs) else 0


__all__ = ["Options", "jobs_of", "measure_with_progress", "plan_of", "run", "say"]
