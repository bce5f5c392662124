"""The folder of machine code kept between processes, and the digest that keeps it fresh.

numba's own cache looks at a function's own file only, so machine code of a caller stays
when a kernel in another file changes. Here every folder is named by a digest of all the
sources of the core, the versions and the processor: a change of any of them gives another
folder, and nothing is ever overwritten.
"""

import functools
import hashlib
import os
import platform
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numba as nb
import numpy as np
from llvmlite import binding
from zbench.core.compile.settings import in_words

CORE = "zbench.core"


def cache_folder() -> Path:
    """Folder of machine code: $ZBENCH_CACHE, else the user's cache folder."""
    given = os.environ.get("ZBENCH_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zbench"


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


@functools.cache
def core_digest() -> str:
    """Digest of the core's sources, versions, numba's settings and the processor compiled for."""
    features = sorted(binding.get_host_cpu_features().items())
    parts = (
        sys.version,
        nb.__version__,
        np.__version__,
        platform.machine(),
        in_words(),
        f"{nb.config.CPU_NAME} {binding.get_host_cpu_name()} {features}",
    )
    hashed = hashlib.sha256("\0".join(parts).encode())
    hash_sources(hashed, core_folder())
    return hashed.hexdigest()[:32]


def recache(kernels: Iterable[Any], more: str) -> None:
    """Have cached kernels look for machine code that depends on more than the core's sources.

    Args:
        kernels: any objects; those that numba does not cache are skipped.
        more: a digest of the rest, or empty.
    """
    before = nb.config.CACHE_DIR
    nb.config.CACHE_DIR = str(cache_folder() / f"{core_digest()}{more}")
    try:
        for kernel in kernels:
            # numba reads the folder when caching is turned on.
            if hasattr(kernel, "enable_caching"):
                kernel.enable_caching()
    finally:
        nb.config.CACHE_DIR = before
