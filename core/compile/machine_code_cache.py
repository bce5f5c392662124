"""The folder of machine code kept between processes, and the digest that keeps it fresh.

Every file is named by a digest of all that its machine code depends on and is never changed;
``kept_code`` gives the digest of a function, and this module the part of it that all have:
the sources of the core, the versions, the processor and numba's options. A file that cannot
be read is taken for missing, one that is damaged is removed, and where nothing can be
written nothing is kept: a warning says so once.
"""

import functools
import hashlib
import os
import platform
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import llvmlite
import numba as nb
import numpy as np
from filelock import FileLock
from llvmlite import binding
from zbench.core.compile.settings import in_words

CORE = "zbench.core"
CODE = "machine-code"  # the folder in the cache folder
SUFFIX = ".code"
NOWHERE = Path(os.devnull) / "zbench"  # a place where nobody can write
CHECK_BYTES = 32  # a digest of the rest, at the start of each file
DAY_S = 86_400.0
# numba's options that change machine code, besides those of the kernels themselves.
OPTIONS = (
    "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "CPU_NAME", "CPU_FEATURES",
    "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "ENABLE_PROFILING", "DISABLE_INTEL_SVML",
)  # fmt: skip


class CacheWarning(RuntimeWarning):
    """Machine code is not kept, so that a later process compiles again."""


_warned: set[str] = set()
_warning = threading.Lock()


def cache_folder() -> Path:
    """Folder of machine code: $ZBENCH_CACHE, else the user's cache folder.

    For a user without a home it is a place where nothing can be written.
    """
    given = os.environ.get("ZBENCH_CACHE")
    if given:
        return Path(given)
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zbench"
    return NOWHERE


def code_folder() -> Path:
    """The folder of files of machine code."""
    return cache_folder() / CODE


def core_folder() -> Path:
    """The folder of the package ``zbench.core``, wherever this module lies in it."""
    return Path(str(files(CORE)))


def sources(folder: Path) -> list[Path]:
    """Every Python file of a package and its sub-packages, in a fixed order."""
    return sorted(folder.rglob("*.py"))


def hash_sources(hashed: Any, folder: Path) -> None:
    """Add every source file of a package to a hash: its relative path and its bytes."""
    for path in sources(folder):
        hashed.update(path.relative_to(folder).as_posix().encode() + b"\0")
        hashed.update(path.read_bytes() + b"\0")


def sources_now() -> str:
    """Digest of the core's sources as the files are now."""
    hashed = hashlib.sha256()
    hash_sources(hashed, core_folder())
    return hashed.hexdigest()


SOURCES_AT_START = sources_now()  # before most of the core is imported


def sources_are_unchanged() -> bool:
    """Whether the core's files are still those that this process has loaded."""
    try:
        return sources_now() == SOURCES_AT_START
    except OSError:  # removed or unreadable meanwhile
        return False


def core_digest() -> str:
    """Digest of the core's sources, of versions, of numba's settings and of the processor."""
    features, *parts = _machine()
    options = [f"{name}={getattr(nb.config, name, None)}" for name in OPTIONS]
    everything = "\0".join((*parts, features, *options, SOURCES_AT_START, in_words()))
    return hashlib.sha256(everything.encode()).hexdigest()[:32]


@functools.cache
def _machine() -> tuple[str, ...]:
    """What does not change in a process: versions and the processor."""
    features = sorted(binding.get_host_cpu_features().items())
    return (
        f"{binding.get_host_cpu_name()} {features}",
        sys.version,
        nb.__version__,
        llvmlite.__version__,
        np.__version__,
        platform.machine(),
    )


def exists(name: str) -> bool:
    """Whether there is a file of this name, damaged or not."""
    try:
        return (code_folder() / (name + SUFFIX)).exists()
    except OSError:
        return False


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Have other processes that want to make the same files wait; where that is possible."""
    folder = code_folder()
    lock = FileLock(str(folder / f"{name}.lock"))
    with suppress(OSError, NotImplementedError):  # nothing can be written, or not locked
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def load(name: str) -> bytes | None:
    """The content of a file, or None: missing, not readable or damaged."""
    path = code_folder() / (name + SUFFIX)
    try:
        content = path.read_bytes()
        unused_s = time.time() - path.stat().st_mtime
    except OSError:
        return None
    if (
        hashlib.blake2b(content[CHECK_BYTES:], digest_size=CHECK_BYTES).digest()
        != (content[:CHECK_BYTES])
    ):
        discard(name)
        return None
    if unused_s > DAY_S:
        with suppress(OSError):  # the time of its last use, by which files are pruned
            os.utime(path)
    return content[CHECK_BYTES:]


def save(name: str, content: bytes) -> bool:
    """Write a file as a whole or not at all; whether it was written."""
    folder = code_folder()
    check = hashlib.blake2b(content, digest_size=CHECK_BYTES).digest()
    draft = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(prefix=name[:32], dir=folder)
        with os.fdopen(number, "wb") as file:
            file.write(check + content)
        Path(draft).replace(folder / (name + SUFFIX))  # atomic
    except OSError as error:
        if draft is not None:
            with suppress(OSError):
                Path(draft).unlink()
        warn_once(f"can't keep machine code in {folder}: {error.strerror or error}; set "
                  "ZBENCH_CACHE to a folder of yours, or every process compiles again")  # fmt: skip
        return False
    return True


def discard(name: str) -> None:
    """Remove a damaged file, where that is allowed."""
    with suppress(OSError):
        (code_folder() / (name + SUFFIX)).unlink()


def warn_once(message: str) -> None:
    """Warn that something is not kept, each thing once in a process."""
    with _warning:
        if message in _warned:
            return
        _warned.add(message)
    warnings.warn(message, CacheWarning, stacklevel=2)
