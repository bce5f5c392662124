"""The commands that read scenarios and runs: list, runs, show, export, report."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from zbench.cli.common import (
    JsonOption,
    StoreOption,
    check_outputs,
    check_writable,
    split,
    unwritable,
    write_text,
)
from zbench.cli.output import print_json, say, write_raw

if TYPE_CHECKING:
    from zbench.scenarios.base import Scenario

OTHER_FILE = "give another file with -o"
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Number, label, file or latest.")]


class Format(StrEnum):
    """The formats of an export."""

    PYPERF = "pyperf"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"


def list_scenarios(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="Part of a name or category, or a file of yours."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the scenarios; those that are named, with parameters, ranges and defaults.

    Example: zbench list

    Example: zbench list ring ./mine.py
    """
    from zbench.cli import console

    scenarios = _chosen(split(names)) if names else _all_scenarios()
    if as_json:
        print_json([_described(scenario) for scenario in scenarios])
        return
    if not names:
        rows = [[s.name, str(s.category), s.purpose] for s in scenarios]
        console.show(["scenario", "category", "purpose"], rows, left=3)
        console.say()
        console.say("`zbench list NAME` shows a scenario's parameters")
        return
    for scenario in scenarios:
        _show_scenario(scenario)


def _show_scenario(scenario: "Scenario") -> None:
    from zbench.catalogue.sweeps import allowed_range
    from zbench.cli import console

    console.say(f"{scenario.name}  [{scenario.category}]")
    console.say(f"  {scenario.purpose}")
    for p in scenario.parameters:
        console.say(f"    -p {p.name}={p.default}  {p.help} ({allowed_range(p)})")
    for name, meaning in scenario.extras.items():
        console.say(f"    also counted: {name}  {meaning}")


def _all_scenarios() -> "list[Scenario]":
    from zbench.catalogue.registry import catalogue

    return [entry.scenario for entry in catalogue().values()]


def _chosen(words: list[str]) -> "list[Scenario]":
    """The scenarios of files, and those whose name or category holds a word.

    Raises:
        ZbenchError: A word is in none of them, or a file can't be loaded.
    """
    from zbench.catalogue.registry import catalogue, find, is_file, of_files

    files = tuple(Path(word) for word in words if is_file(word))
    known = catalogue(files)
    chosen = {entry.scenario.name for entry in of_files(known, files, words)}
    for word in words:
        if not is_file(word) and word not in chosen:
            found = {n for n, e in known.items() if word in n or word == str(e.scenario.category)}
            chosen |= found or {find(word, known).scenario.name}
    return [entry.scenario for name, entry in known.items() if name in chosen]


def _described(scenario: "Scenario") -> dict[str, Any]:
    """One scenario for ``--json``."""
    from zbench.catalogue.sweeps import allowed_range

    return {
        "name": scenario.name,
        "purpose": scenario.purpose,
        "category": str(scenario.category),
        "floors": list(scenario.floors),
        "extra": dict(scenario.extras),
        "parameters": [
            {
                "name": parameter.name,
                "default": parameter.default,
                "help": parameter.help,
                "allowed": allowed_range(parameter),
            }
            for parameter in scenario.parameters
        ],
    }


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs that are kept, newest first.

    Example: zbench runs --limit 5
    """
    from zbench.cli import console
    from zbench.store.database import Store

    with Store(store, read_only=True) as kept:
        found = kept.runs(limit)
    if as_json:
        print_json([_summary(run) for run in found])
        return

    rows = [
        [
            str(run.id),
            run.label or "",
            run.started[:16].replace("T", " "),
            ", ".join(_summary(run)["scenarios"]),
            "" if run.complete else "interrupted",
        ]
        for run in found
    ]
    if rows:
        console.show(["run", "label", "started (UTC)", "scenarios", "state"], rows, left=5)
    else:
        console.say("no run is kept yet; start with `zbench run ping-pong`")


def show(
    run: RunArgument = "latest", store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show one run's figures again.

    Example: zbench show latest
    """
    from zbench.cli import console
    from zbench.store.database import Store
    from zbench.store.json_codec import result_to_dict

    with Store(store, read_only=True) as kept:
        found = kept.get(run)
    if as_json:
        print_json([result_to_dict(result) for result in found.results])
        return

    label = f" {found.label}" if found.label else ""
    state = "" if found.complete else ", interrupted"
    console.say(f"run {found.id}{label}, {found.started}, {found.duration_s:.0f} s{state}")
    cpu = found.host.get("cpu_model_name")
    if cpu:
        console.say(f"on {found.host.get('cpu_count', '?')} x {cpu}")
    console.say()
    if any(result.versus is not None for result in found.results):
        from zbench.cli.versus_console import show_versus

        show_versus(found)
    else:
        console.show_results(found)


def export(
    run: RunArgument,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.JSON,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Default: stdout.")] = None,
    store: StoreOption = None,
) -> None:
    """Write one run as a pyperf suite, CSV, JSON or Markdown.

    Example: zbench export latest --format pyperf -o run.json
    """
    from zbench.store.database import Store
    from zbench.store.export import export as exported

    check_outputs([output], [run], store)
    with Store(store, read_only=True) as kept:
        text = exported(kept.get(run), str(form))
    if output is None:
        write_raw(text)
    else:
        write_text(output, text, OTHER_FILE)


def report(
    run: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Numbers, labels, files or latest."),
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", "--report", help="The page.")] = Path(
        "report.html"
    ),
    show_it: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    store: StoreOption = None,
) -> None:
    """Write one HTML page of runs, the latest if none is named.

    Example: zbench report main latest -o compare.html --open
    """
    from zbench.reports import page
    from zbench.store.database import Store

    check_writable(output, OTHER_FILE)
    check_outputs([output], run or (), store)
    with Store(store, read_only=True) as kept:
        runs = [kept.get(ref) for ref in run or ["latest"]]
    try:
        page.write(runs, output)
    except OSError as error:
        raise unwritable(output, error, OTHER_FILE) from None
    say(f"report: {output}")
    if show_it:
        import webbrowser

        webbrowser.open(output.resolve().as_uri())


def _summary(run: Any) -> dict[str, Any]:
    return {
        "id": run.id,
        "label": run.label,
        "started": run.started,
        "duration_s": run.duration_s,
        "complete": run.complete,
        "ok": all(result.ok for result in run.results),
        "scenarios": list(dict.fromkeys(r.scenario for r in run.results if r.category != "floor"))
        or list(dict.fromkeys(r.scenario for r in run.results)),
    }
