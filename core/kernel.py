"""The one way to compile: options shared by every kernel, and the interpreted twin.

Kernels run without the GIL, follow NumPy's division rules, and are compiled without
numba's reference counting (``_nrt=False``): taking and giving back references to the
arrays of a NamedTuple around every inlined call cost more than the work itself
(15.5 ns against 1.3 ns for a push and a pop). The price is that a kernel cannot
allocate.
"""

import os
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba as nb
from zbench.core.cache import cache_folder, core_digest

P = ParamSpec("P")
R = TypeVar("R")

INTERPRETED = bool(nb.config.DISABLE_JIT) or bool(os.environ.get("ZBENCH_INTERPRETED"))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a leaf kernel at its first call from Python or from another kernel."""
    return _compile(function, cache=False)


def view_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function that returns part of an array part of each kernel that calls it.

    Without reference counting numba compiles no function that returns an array which is
    not its argument, so the source goes into the caller's. Python cannot call it.
    """
    if INTERPRETED:
        return function
    return cast("Callable[P, R]", nb.njit(inline="always", _nrt=False)(function))  # noqa: TID251


def cold_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that is seldom called, out of its callers' hot code.

    The call passes every array of the tables on the stack (about 100 ns).
    """
    return _compile(function, cache=False, forceinline=False)


def cached_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that Python calls, and keep its machine code on disk."""
    return _compile(function, cache=True)


def checked_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A kernel in checked mode: an index out of range or a division by zero raises."""
    plain = getattr(function, "py_func", function)
    return _compile(plain, cache=False, error_model="python", boundscheck=True)


def _compile(function: Callable[P, R], *, cache: bool, **checks: Any) -> Callable[P, R]:
    if INTERPRETED:
        return function
    # Leaves are inlined by force: called, they would pass every array of the tables on
    # the stack (128 ns a message against 20 ns).
    options = {"error_model": "numpy", "forceinline": not cache, **checks}
    wrap: Any = nb.njit(  # noqa: TID251  the one place
        cache=cache, nogil=True, _nrt=False, **options
    )
    # numba reads the folder when it wraps, so that other people's caches stay where they are.
    before = nb.config.CACHE_DIR
    nb.config.CACHE_DIR = str(cache_folder() / core_digest())
    try:
        return cast("Callable[P, R]", wrap(function))
    finally:
        nb.config.CACHE_DIR = before
