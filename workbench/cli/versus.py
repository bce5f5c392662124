"""``zbench versus``: runtimes side by side, measured in one session."""

import itertools
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from zbench.cli.common import (
    JsonOption,
    LabelOption,
    ParameterOption,
    ReportOption,
    SettingsOption,
    StoreOption,
    TimeoutOption,
    check_settings,
    checked_report,
    interrupted,
    measure_and_keep,
    say_where,
    split,
    still_kept,
    write_report,
)
from zbench.cli.output import complain, print_json
from zbench.cli.peers import PathsOption, found_peers
from zbench.errors import (
    ParameterError,
    UnknownNameError,
    ZbenchError,
    nearest,
)

if TYPE_CHECKING:
    from zbench.peers.catalogue import Peers
    from zbench.reports.model import Run
    from zbench.scenarios.base import Scenario
    from zbench.versus.session import Cell, Side, VersusSession, VersusSettings

ALL = "all"


def versus(
    names: Annotated[list[str], typer.Argument(help="Shared scenarios, a b or a,b; or all.")],
    peers: Annotated[
        str | None,
        typer.Option(metavar="A,B:VARIANT", help="Whom to compare with. [default: all ready]"),
    ] = None,
    reference: Annotated[
        str, typer.Option(metavar="PEER", help="The side that ratios are taken to.")
    ] = "zbench",
    cores: Annotated[
        str | None, typer.Option(metavar="N,M", help="Cores and threads. [default: 1 and all]")
    ] = None,
    parameter: ParameterOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, three rounds.")] = False,
    rounds: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Processes each. [default: 5; quick: 3]")
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(min=5, max=10**6, help="After warm-up. [default: until steady]")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Of the order and of random numbers.")
    ] = 1,
    save: LabelOption = None,
    store: StoreOption = None,
    report: ReportOption = None,
    timeout: TimeoutOption = 120.0,
    peers_path: PathsOption = None,
    allow_settings: SettingsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure zbench's runtime and others in turns, in one session.

    Each side runs in processes of its own, pinned to the cores, in an order drawn
    from the seed. Ratios are time over the reference's, with a 95 % interval. Exits 1 if an
    answer was wrong or a harness failed, 130 on Ctrl-C; what was measured is kept.

    Example: zbench versus ping-pong --peers actix

    Example: zbench versus all --quick --cores 1,2
    """
    from zbench.store.database import Store, check_label
    from zbench.versus.results import to_run
    from zbench.versus.session import VersusSettings, measure

    check_label(save)
    page = checked_report(report, as_json, (), store)
    check_settings(allow_settings)
    numbers = (rounds or (3 if quick else 5), iterations, seed, timeout)
    settings = VersusSettings(*numbers, quick, warmup=0.0 if quick else 1.0)
    sides, absent = _sides(found_peers(peers_path), reference, peers)
    cells = _cells(names, sides, _cores(cores), parameter or [], settings)
    _tell(absent)
    with Store(store) as kept:
        finished, problem = measure_and_keep(
            partial(measure, cells, settings), to_run, _is_empty, kept, save
        )
    with still_kept(finished):
        _show(finished, as_json, write_report(finished, page))
    _end(finished, problem)


def _sides(found: "Peers", reference: str, asked: str | None) -> "tuple[list[Side], list[str]]":
    """Choose the sides, the reference first; and a line on each peer that isn't ready.

    Raises:
        ZbenchError: A name isn't known, or no peer is left to compare with.
    """
    from zbench.peers.build import PeerState, status
    from zbench.versus.session import Side

    words = list(found.found) if asked is None else asked.split(",")
    if not any(word.strip() for word in words):
        msg = f"--peers must name peers, got {asked!r}; `zbench peers` lists them"
        raise ZbenchError(msg)
    wanted = dict.fromkeys([reference, *(word.strip() for word in words if word.strip())])
    sides: dict[str, Side] = {}
    absent = []
    for word in wanted:
        name, _, variant = word.partition(":")
        peer = found[name]
        variants = [peer.variant(variant)] if variant else peer.variants
        state = status(peer)
        if state.state != PeerState.READY:
            absent.append(f"{name} is left out, {state.state}: {state.to_do}")
            continue
        for chosen in variants:
            side = Side(peer, chosen, state.place)
            sides.setdefault(side.name, side)
    if len(sides) < 2:
        _tell(absent)
        msg = "there is nobody to compare with; see `zbench peers` for what is missing"
        raise ZbenchError(msg)
    return list(sides.values()), absent


def _tell(lines: list[str]) -> None:
    for line in lines:
        complain(line)


def _cores(text: str | None) -> list[int]:
    """Numbers of cores, each at most the number that this process may use."""
    from zbench.machine import usable_cores

    most = usable_cores()
    if text is None:
        return sorted({1, most})
    try:
        found = sorted({int(word) for word in text.split(",")})
    except ValueError:
        found = []
    if not found or found[0] < 1 or found[-1] > most:
        msg = f"--cores must be numbers from 1 to {most}, got {text!r}; try --cores 1,{most}"
        raise ParameterError(msg)
    return found


def _cells(
    names: list[str],
    sides: "list[Side]",
    cores: list[int],
    options: list[str],
    settings: "VersusSettings",
) -> "list[Cell]":
    """Every scenario at every set of parameters on every number of cores.

    Raises:
        ZbenchError: A name or a parameter isn't known or usable.
    """
    from zbench.catalogue.sweeps import parse_assignments
    from zbench.peers.answers import SHARED
    from zbench.peers.catalogue import OWN
    from zbench.versus.session import Cell, Contender

    names = split(names)
    for name in names:
        if name not in SHARED and name != ALL:
            hint = nearest(name, SHARED, f"these are: {', '.join(SHARED)}")
            msg = f"no scenario that peers share is called {name!r}; {hint}"
            raise UnknownNameError(msg)
    chosen = list(SHARED) if ALL in names else list(dict.fromkeys(names))
    own = _own_scenarios()
    given = _checked(parse_assignments(options), chosen, own)
    cells = []
    for name, count in itertools.product(chosen, cores):
        able = [
            side
            for side in sides
            if name in (own if side.peer.name == OWN else side.peer.scenarios)
        ]
        absent = ", ".join(dict.fromkeys(s.peer.name for s in sides if s not in able))
        if absent and count == cores[0]:
            complain(f"{name} is without {absent}, which has no such scenario")
        for parameters in _sets(name, given, settings.quick):
            contenders = [Contender(s, settings.iterations or s.peer.iterations) for s in able]
            if contenders:
                cells.append(Cell(name, parameters, count, contenders))
    return cells


def _own_scenarios() -> "dict[str, Scenario]":
    from zbench.catalogue.registry import catalogue

    return {name: entry.scenario for name, entry in catalogue().items()}


def _checked(
    given: dict[str, list[str]], chosen: list[str], own: "dict[str, Scenario]"
) -> dict[str, list[int]]:
    """The parameters as numbers, each known to one of the scenarios."""
    from zbench.peers.answers import SHARED

    known = {key for name in chosen for key in SHARED[name].defaults}
    found = {}
    for key, texts in given.items():
        if key not in known:
            hint = nearest(key, known, f"there are: {', '.join(sorted(known))}")
            msg = f"no chosen scenario has a parameter {key!r}; {hint}"
            raise ParameterError(msg)
        try:
            found[key] = [int(text.replace("_", "")) for text in texts]
        except ValueError:
            found[key] = []
        if not found[key] or min(found[key]) < 1:
            msg = f"parameter {key} must be whole numbers above 0, got {','.join(texts)!r}; try 1"
            raise ParameterError(msg)
        for name in chosen:
            _check_range(own[name], key, texts)
    return found


def _check_range(scenario: "Scenario", key: str, texts: list[str]) -> None:
    """Refuse what zbench's own scenario of the name refuses, before an answer is computed."""
    from zbench.catalogue.sweeps import parse_value

    for parameter in scenario.parameters:
        if parameter.name == key:
            for text in texts:
                parse_value(scenario.name, parameter, text)


def _sets(name: str, given: dict[str, list[int]], quick: bool) -> list[dict[str, int]]:
    """The product of all lists given, over the scenario's defaults."""
    from zbench.peers.answers import SHARED

    shared = SHARED[name]
    defaults = {**shared.defaults, **(shared.quick if quick else {})}
    axes = [given.get(key, [value]) for key, value in defaults.items()]
    return [dict(zip(defaults, values, strict=True)) for values in itertools.product(*axes)]


def _is_empty(session: "VersusSession") -> bool:
    return not any(contender.series for cell in session.cells for contender in cell.contenders)


def _show(finished: "Run", as_json: bool, where: str | None) -> None:
    if as_json:
        from zbench.store.json_codec import result_to_dict

        print_json([result_to_dict(result) for result in finished.results])
        return
    from zbench.cli.versus_console import show_versus

    show_versus(finished)
    say_where(finished, where)


def _end(finished: "Run", problem: Exception | None) -> None:
    """Choose the exit code, or raise the problem with keeping the run."""
    if problem is not None:
        raise problem
    if not finished.complete:
        raise interrupted(finished)
    bad = [r for r in finished.results if not r.ok and any("steady" not in w for w in r.warnings)]
    if bad:
        listed = ", ".join(dict.fromkeys(f"{r.scenario} {r.parameters['peer']}" for r in bad))
        complain(f"failed: {listed}; the warnings say why")
        raise typer.Exit(1)
