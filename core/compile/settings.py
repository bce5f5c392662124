"""numba's settings that change machine code: environment variables, and its file of settings.

They count for the whole process. Machine code made under them is kept apart, and figures
measured under them are not those of the same program without them.
"""

import os
from importlib.util import find_spec
from pathlib import Path

PREFIX = "NUMBA_"
OWN = "ZBENCH_INTERPRETED"
FILE = ".numba_config.yaml"  # numba reads it in the current folder
# The texts by which a user sets what is the default anyway.
DEFAULTS = {
    "OPT": "3",
    "DISABLE_JIT": "0",
    "DEBUGINFO": "0",
    "LOOP_VECTORIZE": "1",
    "SLP_VECTORIZE": "0",
    "ENABLE_PROFILING": "0",
    "EXTEND_VARIABLE_LIFETIMES": "0",
    "DEBUG_NRT": "0",
    "NRT_STATS": "0",
}
# Settings of messages, dumps, caches, threads and graphics processors.
HARMLESS = (
    "ALWAYS_WARN", "CACHE_", "CAPTURED_ERRORS", "CHROME_TRACE", "COLOR_SCHEME", "CUDA_",
    "DEBUG_CACHE", "DEBUG_FRONTEND", "DEBUG_JIT", "DEBUG_PRINT_", "DEBUG_TYPEINFER",
    "DEVELOPER_MODE", "DISABLE_CUDA", "DISABLE_ERROR_MESSAGE", "DISABLE_PERFORMANCE_WARNINGS",
    "DISABLE_TYPEINFER_FAIL_CACHE", "DUMP_", "ENABLE_CUDASIM", "FORCE_CUDA", "FULL_TRACEBACKS",
    "FUNCTION_CACHE_SIZE", "GDB_BINARY", "HIGHLIGHT_DUMPS", "LLVM_PASS_TIMINGS", "NUM_THREADS",
    "PARALLEL_DIAGNOSTICS", "SHOW_HELP", "THREADING_LAYER", "TRACE", "WARNINGS",
)  # fmt: skip


def changed_settings() -> dict[str, str]:
    """Every setting that may change machine code, and its value; those unknown among them."""
    found = {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(PREFIX) and _matters(name.removeprefix(PREFIX), value)
    }
    if os.environ.get(OWN):
        found[OWN] = os.environ[OWN]
    file = Path(FILE)
    if file.is_file() and find_spec("yaml") is not None:
        found[FILE] = " ".join(file.read_text(encoding="utf-8", errors="replace").split())
    return found


def _matters(name: str, value: str) -> bool:
    return bool(value) and value != DEFAULTS.get(name) and not name.startswith(HARMLESS)


def in_words() -> str:
    """The changed settings as on a command line; empty if there are none."""
    return " ".join(f"{name}={value}" for name, value in changed_settings().items())
