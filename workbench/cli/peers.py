"""``zbench peers``: the runtimes to compare with, their state, and building them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from zbench.cli.common import JsonOption, split
from zbench.cli.output import complain, note, passing, print_json, say
from zbench.errors import PeerError, ZbenchError

if TYPE_CHECKING:
    from zbench.peers.build import Status
    from zbench.peers.catalogue import Peers

PathsOption = Annotated[
    list[Path] | None,
    typer.Option("--peers-path", metavar="DIR", help="A peer's folder, or one full of peers."),
]

app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def list_peers(
    context: typer.Context, peers_path: PathsOption = None, as_json: JsonOption = False
) -> None:
    """List peers: state, versions, what is missing and how to get it.

    Example: zbench peers

    Example: zbench peers build actix
    """
    context.obj = peers_path
    if context.invoked_subcommand is not None:
        return
    found = found_peers(peers_path)
    from zbench.cli import console
    from zbench.peers.build import status

    listed = [status(peer) for peer in found.found.values()]
    if as_json:
        print_json([as_dict(one) for one in listed])
        return

    console.show(
        ["peer", "state", "versions", "variants", "tools"],
        [_row(one) for one in listed],
        left=5,
    )
    for one in listed:
        if one.to_do:
            console.say(f"{one.peer.name}: {one.to_do}")


@app.command("build")
def build_peers(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Peers; default: all.")] = None,
    peers_path: PathsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build peers with their own tools, in the cache folder; logs are kept.

    What is built already is used again. A peer whose tools are missing is left out
    with a line that says how to get them; exits 1 if a build fails.

    Example: zbench peers build actix
    """
    from zbench.peers.build import PeerState, status

    found = found_peers([*(context.obj or ()), *(peers_path or ())])
    chosen = [found[name] for name in split(names)] if names else list(found.found.values())
    results: list[Status] = []
    failed = False
    for peer in chosen:
        before = status(peer)
        if before.state == PeerState.MISSING:
            complain(f"{peer.name} is left out: {before.to_do}")
            results.append(before)
            continue
        try:
            results.append(_build(before, quiet=as_json))
        except PeerError as error:
            failed = True
            complain(str(error))
            results.append(status(peer))
    if as_json:
        print_json([as_dict(one) for one in results])
    if failed:
        raise typer.Exit(1)


def found_peers(paths: list[Path] | None) -> "Peers":
    """Return all readable peers; problems with the others go to stderr.

    Raises:
        ZbenchError: A given path leads to no peer.
    """
    from zbench.peers.catalogue import FILE, discover, files_in

    for path in paths or ():
        if not files_in(path):
            msg = f"--peers-path: there is no {FILE} in {str(path)!r} nor in a folder of it"
            raise ZbenchError(msg)
    found = discover(paths or ())
    for problem in found.problems:
        complain(problem)
    return found


def as_dict(status: "Status") -> dict[str, Any]:
    """One peer for ``--json``."""
    peer = status.peer
    return {
        "name": peer.name,
        "title": peer.title,
        "language": peer.language,
        "state": str(status.state),
        "to_do": status.to_do,
        "versions": dict(peer.versions),
        "tools": {probe.tool.name: probe.version for probe in status.probes},
        "variants": [variant.name for variant in peer.variants],
        "scenarios": list(peer.scenarios),
        "source": peer.source,
        "folder": None if peer.folder is None else str(peer.folder),
        "built_in": None if status.place is None else str(status.place),
        "build_seconds": status.built.get("seconds"),
        "notes": peer.notes,
    }


def _row(status: "Status") -> list[str]:
    peer = status.peer
    return [
        peer.name,
        str(status.state),
        ", ".join(f"{name} {version}" for name, version in peer.versions.items()),
        ", ".join(variant.name for variant in peer.variants),
        ", ".join(f"{probe.tool.name} {probe.version or '-'}" for probe in status.probes),
    ]


def _build(before: "Status", quiet: bool) -> "Status":
    """Build one peer, showing the last line of its tools' output."""
    from zbench.peers.build import PeerState, build

    name = before.peer.name

    def on_output(line: str, seconds: float) -> None:
        passing(f"building {name}, {seconds:.0f} s: {line}")

    if before.state != PeerState.READY and not sys.stderr.isatty():
        note(f"building {name} ...")
    try:
        after = build(before, on_output)
    finally:
        passing()
    if not quiet:
        took = after.built.get("seconds")
        if after.place is None:
            text = "nothing to build"
        elif before.state == PeerState.READY:
            text = f"built already, in {after.place}"
        else:
            text = f"built in {took:g} s, in {after.place}"
        say(f"{name}: {text}")
    return after
