"""Find peers: zbench's own, those in folders, those of installed packages.

A peer is a folder with a ``peer.toml`` and the source of a harness; docs/peers.md describes
both. Nothing here builds or runs anything.
"""

import importlib.util
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from zbench.children import start
from zbench.errors import PeerError, UnknownNameError, nearest
from zbench.peers.answers import SHARED

ENTRY_POINTS = "zbench.peers"
VARIABLE = "ZBENCH_PEERS_PATH"
FILE = "peer.toml"
OWN = "zbench"
NAME = re.compile(r"[a-z][a-z0-9-]*")
DEFAULT = "default"
WARMUP_S = 1.0  # for caches, the allocator and the processor's clock
TUNED_BATCH = 512  # of zbench itself; its default is 100


@dataclass(frozen=True)
class Tool:
    """A program that building or running a peer needs."""

    name: str
    version: tuple[str, ...]  # the command that prints its version
    get: str  # the way to get it
    at_least: str | None = None


@dataclass(frozen=True)
class Variant:
    """One way of running a peer, such as its default batch."""

    name: str = DEFAULT
    arguments: tuple[str, ...] = ()
    command: tuple[str, ...] | None = None  # instead of the peer's


@dataclass(frozen=True)
class Peer:
    """One actor runtime and its harness."""

    name: str
    title: str
    language: str
    versions: Mapping[str, str]  # pinned
    scenarios: tuple[str, ...]
    run: tuple[str, ...]
    folder: Path | None = None  # None: zbench itself
    build: tuple[tuple[str, ...], ...] = ()
    tools: tuple[Tool, ...] = ()
    variants: tuple[Variant, ...] = (Variant(),)
    iterations: int = 20  # of one process after its warm-up, at least
    warmup_s: float = WARMUP_S
    notes: str = ""
    source: str = "zbench"  # where it was found

    def variant(self, name: str) -> Variant:
        """Return the variant of this name.

        Raises:
            UnknownNameError: There is none.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        listed = ", ".join(variant.name for variant in self.variants)
        msg = f"peer {self.name} has no variant {name!r}; it has: {listed}"
        raise UnknownNameError(msg)


@dataclass
class Peers:
    """All peers found, by name, and the problems with others."""

    found: dict[str, Peer] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> Peer:
        """Return the peer of this name.

        Raises:
            UnknownNameError: There is none; the message holds the nearest names.
        """
        if name not in self.found:
            msg = f"no peer is called {name!r}; {nearest(name, self.found, 'see `zbench peers`')}"
            raise UnknownNameError(msg)
        return self.found[name]


def discover(paths: Iterable[Path] = ()) -> Peers:
    """Find every peer; zbench itself is the first.

    A peer that can't be read is noted as a problem, not raised: the others still work.

    Args:
        paths: The user's folders: a peer each, or a folder of peers.
    """
    peers = Peers()
    peers.found[OWN] = own()
    for folder, source in _folders(paths, peers.problems):
        try:
            peer = read(folder, source)
        except PeerError as error:
            peers.problems.append(str(error))
            continue
        other = peers.found.get(peer.name)
        if other is None:
            peers.found[peer.name] = peer
        elif other.folder != peer.folder:
            where = other.folder or "zbench itself"
            peers.problems.append(
                f"{folder}: there is a peer {peer.name!r} already, in {where}; rename one of them"
            )
    return peers


def own() -> Peer:
    """The runtime of zbench itself, run by the same protocol in a process of its own."""
    from zbench import __version__

    return Peer(
        OWN,
        "zbench",
        "Python, compiled by numba",
        {"zbench": __version__},
        tuple(SHARED),
        tuple(start.command("zbench.peers.harness")),
        variants=(Variant(), Variant("tuned", ("--batch", str(TUNED_BATCH)))),
        iterations=12,
    )


def _folders(paths: Iterable[Path], problems: list[str]) -> Iterator[tuple[Path, str]]:
    """Every folder with a peer.toml, and the source that led to it."""
    given = [(path, "--peers-path") for path in paths]
    listed = os.environ.get(VARIABLE, "").split(os.pathsep)
    given += [(Path(path).expanduser(), VARIABLE) for path in listed if path]
    for path, source in [(_packaged(), "zbench"), *given]:
        found = files_in(path)
        if not found and source != "zbench":
            problems.append(f"{source}: there is no {FILE} in {path} nor in a folder of it")
        for file in found:
            yield file.parent.resolve(), source
    for point in entry_points(group=ENTRY_POINTS):
        source = f"package {point.dist.name}" if point.dist else f"entry point {point.name}"
        try:
            spec = importlib.util.find_spec(point.value)
        except (ImportError, ValueError):
            spec = None
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places or not (Path(places[0]) / FILE).is_file():
            problems.append(f"{source}: {point.value} is not a package with a {FILE}")
            continue
        yield Path(places[0]).resolve(), source


def files_in(path: Path) -> list[Path]:
    """The file of a peer's folder, or those of all peers in a folder."""
    own = path / FILE
    return [own] if own.is_file() else sorted(path.glob(f"*/{FILE}"))


def _packaged() -> Path:
    """The folder of the peers that come with zbench."""
    import zbench.scenarios

    return Path(zbench.scenarios.__file__).parent / "peers"


def read(folder: Path, source: str) -> Peer:
    """Read one peer.toml.

    Raises:
        PeerError: It can't be read, lacks something or has an unknown key.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            table = _Table(path, "", tomllib.load(file))
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"{path}: {error}"
        raise PeerError(msg) from None
    name = table.text("name")
    if not NAME.fullmatch(name) or name == OWN:
        table.refuse("name", f"must be small letters, digits and -, and not {OWN}, got {name!r}")
    scenarios = table.words("scenarios")
    for scenario in scenarios:
        if scenario not in SHARED:
            table.refuse("scenarios", f"{scenario!r} unknown; {nearest(scenario, SHARED, '')}")
    build, run = table.table("build"), table.table("run", needed=True)
    peer = Peer(
        name=name,
        title=table.text("title", name),
        language=table.text("language", ""),
        versions={str(k): str(v) for k, v in table.take("versions", dict, {}).items()},
        scenarios=scenarios,
        run=run.command("command", run.take("command", list, [])),
        folder=folder,
        build=tuple(build.command("commands", c) for c in build.take("commands", list, [])),
        tools=tuple(_tool(t) for t in table.tables("tools")),
        variants=tuple(_variant(v) for v in table.tables("variants")) or (Variant(),),
        iterations=table.take("iterations", int, 20),
        warmup_s=float(table.take("warmup_s", int | float, WARMUP_S)),
        notes=table.text("notes", "").strip(),
        source=source,
    )
    for used in (build, run, table):
        used.refuse_others()
    if peer.iterations < 1:
        table.refuse("iterations", "must be at least 1")
    if not 0 <= peer.warmup_s < math.inf:
        table.refuse("warmup_s", "must be 0 or more seconds")
    return peer


def _tool(table: "_Table") -> Tool:
    tool = Tool(
        table.text("name"),
        table.command("version", table.take("version", list, [])),
        table.text("get"),
        table.take("at_least", str, None),
    )
    table.refuse_others()
    return tool


def _variant(table: "_Table") -> Variant:
    command = table.take("command", list, None)
    variant = Variant(
        table.text("name"),
        table.argv("arguments", table.take("arguments", list, [])),
        None if command is None else table.command("command", command),
    )
    table.refuse_others()
    return variant


_KINDS = {str: "a text", int: "a whole number", int | float: "a number", list: "a list",
          dict: "a table"}  # fmt: skip


class _Table:
    """A table of a peer.toml: takes keys out and words their faults."""

    def __init__(self, path: Path, name: str, content: dict[str, Any]) -> None:
        self._path, self._name, self._left = path, name, dict(content)

    def refuse(self, key: str, why: str) -> None:
        """Raise an error about a key."""
        msg = f"{self._path}: {self._name}{key} {why}".rstrip("; ")
        raise PeerError(msg)

    def take(self, key: str, kind: Any, default: Any) -> Any:
        """The key's value, which must be of this type, or the default."""
        value = self._left.pop(key, default)
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
            self.refuse(key, f"must be {_KINDS[kind]}, got {value!r}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.take(key, str, default)
        if value is None:
            self.refuse(key, "is missing; see docs/peers.md")
        return str(value)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, not empty."""
        found = self.argv(key, self.take(key, list, []))
        if not found:
            self.refuse(key, "must be a list of words, not empty; see docs/peers.md")
        return found

    def argv(self, key: str, value: Any) -> tuple[str, ...]:
        """The list as words."""
        if not isinstance(value, list) or not all(map(_is_word, value)):
            self.refuse(key, f"must be a list of words, got {value!r}")
        return tuple(value)

    def command(self, key: str, value: Any) -> tuple[str, ...]:
        """The list as a program and its arguments."""
        found = self.argv(key, value)
        if not found or not found[0]:
            self.refuse(key, f"must start with a program, got {value!r}")
        return found

    def table(self, key: str, needed: bool = False) -> "_Table":
        """A table within."""
        if needed and key not in self._left:
            self.refuse(key, "is missing; see docs/peers.md")
        return _Table(self._path, f"{key}.", self.take(key, dict, {}))

    def tables(self, key: str) -> list["_Table"]:
        """A list of tables."""
        content = self.take(key, list, [])
        if not all(isinstance(one, dict) for one in content):
            self.refuse(key, f"must be tables, written [[{key}]]")
        return [_Table(self._path, f"{key}.", one) for one in content]

    def refuse_others(self) -> None:
        """Refuse keys that nothing has read."""
        for key in self._left:
            self.refuse(key, "is not something that zbench knows; see docs/peers.md")


def _is_word(value: object) -> bool:
    """Whether a value can be a word of a command line."""
    return isinstance(value, str) and "\0" not in value
