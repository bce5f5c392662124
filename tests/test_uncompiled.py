"""The runtime and the scenarios do the same as plain Python, without minutes of compiling.

numba reads its switch when it is imported, so each part is a pytest of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from zbench.core.compile.kernel import INTERPRETED

ROOT = Path(__file__).parents[1]
# Tests about compiling; searches over schedules, plain Python anyway; storms, slow uncompiled.
ELSEWHERE = ("compile", "interleave", "stress")
APART = ("delivery", "scheduler", "system")  # those that take longest
REST = (*APART, *ELSEWHERE)
PARTS = {
    "examples": ["tests/docs/test_examples.py"],
    "scenarios": ["tests/scenarios"],
    "core": [
        "tests/core",
        *(f"--ignore=tests/core/{name}" for name in REST),
        "tests/core/stress/test_any_integer.py",
    ],
    **{f"core.{name}": [f"tests/core/{name}"] for name in APART},
}


@pytest.mark.timeout(1500)  # longer than that of a test in it, which shows where it stands
@pytest.mark.skipif(INTERPRETED, reason="this is the run it starts")
@pytest.mark.parametrize("part", PARTS)
def test_uncompiled_code_passes_the_tests_of(part):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not long", *PARTS[part]],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
