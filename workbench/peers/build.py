"""Build peers in the cache folder, each in a copy, once for each state of its source.

``NAME-DIGEST/`` holds the copy and, once it is built, ``zbench-built.json``;
``NAME-DIGEST.log`` holds the output of the build.
"""

import contextlib
import errno
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from zbench.children.ends import kill_group
from zbench.errors import PeerError
from zbench.peers import source
from zbench.peers.catalogue import Peer, Tool

DONE = "zbench-built.json"
PROBE_TIMEOUT_S = 20.0
MOST_SAID = 1 << 16  # bytes among which a tool's version is looked for
POLL_S = 0.1
LAST_LINES = 8


class PeerState(StrEnum):
    """The state of a peer."""

    READY = "ready"
    NOT_BUILT = "not built"
    BUILDING = "being built"
    FAILED = "build failed"
    MISSING = "tools missing"


@dataclass(frozen=True)
class Probe:
    """A tool's answer to the question for its version."""

    tool: Tool
    version: str | None  # None: not there
    old: bool = False

    @property
    def usable(self) -> bool:
        """Whether it can be used."""
        return self.version is not None and not self.old

    @property
    def remedy(self) -> str:
        """The missing tool and how to get it, in one sentence."""
        if self.old:
            return (
                f"{self.tool.name} is {self.version}, needs {self.tool.at_least}: {self.tool.get}"
            )
        return f"{self.tool.name} is missing: {self.tool.get}"


@dataclass(frozen=True)
class Status:
    """A peer, its tools, and the folder in which it is or would be built."""

    peer: Peer
    state: PeerState
    probes: list[Probe]
    place: Path | None  # None: nothing is to be built
    built: dict[str, Any]

    @property
    def to_do(self) -> str:
        """The step that gets it ready; empty if it is ready."""
        if self.state == PeerState.MISSING:
            return "; ".join(probe.remedy for probe in self.probes if not probe.usable)
        if self.state == PeerState.READY:
            return ""
        if self.state == PeerState.BUILDING:
            return f"wait until it is built; {log_path(self.place) if self.place else ''} grows"
        command = f"zbench peers build {self.peer.name}"
        if self.state == PeerState.FAILED:
            return f"see {log_path(self.place) if self.place else ''}, then {command}"
        return command


@functools.cache
def probe(tool: Tool) -> Probe:
    """Ask a tool for its version."""
    # Into a file: a process that the tool leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as said:
        if not _answers(tool.version, said):
            return Probe(tool, None)
        said.seek(0)
        text = said.read(MOST_SAID).decode(errors="replace")
    found = re.search(r"\d+(\.\d+)*", text)
    version = found.group() if found else text.strip().partition("\n")[0]
    old = tool.at_least is not None and _numbers(version) < _numbers(tool.at_least)
    return Probe(tool, version, old)


def _answers(command: tuple[str, ...], said: IO[bytes]) -> bool:
    """Run a tool that prints its version; whether it ended well."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(PROBE_TIMEOUT_S) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        kill_group(process)
        process.wait()


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def status(peer: Peer, *, building: bool = False) -> Status:
    """Find whether a peer can run, and its missing tools.

    Args:
        peer: The peer.
        building: Whether the caller holds the lock of its build.
    """
    probes = [probe(tool) for tool in peer.tools]
    if not all(p.usable for p in probes):
        return Status(peer, PeerState.MISSING, probes, None, {})
    if peer.folder is None or not peer.build:
        return Status(peer, PeerState.READY, probes, None, {})
    place = build_folder(peer, probes)
    try:
        built = json.loads((place / DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        if not building and _is_locked(place):
            state = PeerState.BUILDING
        elif log_path(place).exists():
            state = PeerState.FAILED
        else:
            state = PeerState.NOT_BUILT
        return Status(peer, state, probes, place, {})
    return Status(peer, PeerState.READY, probes, place, built)


def _lock_path(place: Path) -> Path:
    return place.with_name(place.name + ".lock")


def _is_locked(place: Path) -> bool:
    """Whether a process is building there now."""
    from filelock import FileLock, Timeout

    path = _lock_path(place)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # not ours to open: nobody of this user builds there
        return False


def build_folder(peer: Peer, probes: list[Probe]) -> Path:
    """Return the folder for this state of a peer's source and these tools."""
    from zbench.core.compile.machine_code_cache import cache_folder

    assert peer.folder is not None
    hashed = hashlib.sha256()
    for probed in probes:
        hashed.update(f"{probed.tool.name} {probed.version}\0".encode())
    for path in source.files(peer.folder):
        hashed.update(str(path.relative_to(peer.folder)).encode() + b"\0")
        hashed.update(path.read_bytes() + b"\0")
    return cache_folder() / "peers" / f"{peer.name}-{hashed.hexdigest()[:16]}"


def log_path(place: Path) -> Path:
    """Return the file with the output of a build."""
    return place.with_name(place.name + ".log")


def build(found: Status, on_output: Callable[[str, float], None]) -> Status:
    """Build a peer unless it is built already.

    Args:
        found: The peer as ``status`` found it.
        on_output: Called now and then with the last line of output and the seconds so far.

    Returns:
        Its new status.

    Raises:
        PeerError: A tool is missing or a command failed; the message ends in the log's path.
    """
    from filelock import FileLock

    if found.state == PeerState.MISSING:
        msg = f"can't build {found.peer.name}: {found.to_do}"
        raise PeerError(msg)
    if found.state == PeerState.READY or found.place is None:
        return found
    place = found.place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(place.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        why = error.strerror or str(error)
        msg = f"can't build {found.peer.name} in {place.parent}: {why}; set ZBENCH_CACHE"
        raise PeerError(msg) from None
    with FileLock(_lock_path(place)):
        now = status(found.peer, building=True)  # another process may have built it meanwhile
        if now.state != PeerState.READY:
            _build(now, place, on_output)
    return status(found.peer)


def _build(found: Status, place: Path, on_output: Callable[[str, float], None]) -> None:
    peer = found.peer
    assert peer.folder is not None
    shutil.rmtree(place, ignore_errors=True)
    source.copy(peer.folder, place)
    log, started = log_path(place), time.monotonic()
    with log.open("wb") as output:
        try:
            for command in peer.build:
                output.write(f"$ {' '.join(command)}\n".encode())
                output.flush()
                code = _run(command, place, output, log, started, on_output)
                if code:
                    raise _failed(peer, command, code, log)
        except KeyboardInterrupt:
            log.unlink()
            raise
    tools = {p.tool.name: p.version for p in found.probes}
    record = {"seconds": round(time.monotonic() - started, 1), "tools": tools}
    (place / DONE).write_text(json.dumps(record), encoding="utf-8")


def _run(
    command: tuple[str, ...],
    place: Path,
    output: Any,
    log: Path,
    started: float,
    on_output: Callable[[str, float], None],
) -> int:
    """Run one command to its end; 127 if it can't be started."""
    try:
        process = subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        output.write(f"{error}\n".encode())
        output.flush()  # the last lines are read back
        return 127
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(POLL_S)
            lines = last_lines(log, 1)
            on_output(lines[0] if lines else "", time.monotonic() - started)
    finally:
        kill_group(process)
        process.wait()


def last_lines(log: Path, count: int) -> list[str]:
    """The last lines of a log that aren't empty."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        text = file.read().decode(errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()][-count:]


def _failed(peer: Peer, command: tuple[str, ...], code: int, log: Path) -> PeerError:
    said = " / ".join(last_lines(log, LAST_LINES)[-2:])
    return PeerError(
        f"building {peer.name} failed: `{' '.join(command)}` ended with exit code {code} "
        f"({said}); all of it is in {log}"
    )
