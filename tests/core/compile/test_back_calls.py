"""Functions that call each other are called directly, in later processes too."""

import os
import subprocess
import sys

import pytest
from zbench.core.compile.kernel import INTERPRETED

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")

OUTSIDE = """
import sys, warnings
from tests.core.compile.guarded import run
from zbench.core import behaviour
from zbench.core.compile.kernel import cached_kernel

warnings.simplefilter("always")

@behaviour
def ping(n): return pong(n - 1) + 1 if n else 0
@behaviour
def pong(n): return ping(n - 1) + 1 if n else 0
@behaviour
def kept(n): return pong(n)
@cached_kernel
def outside(n): return ping(n)

print(run(kept, 10, checked=False), outside(10))
"""


CONSTANT = """
import warnings
from tests.core.compile.guarded import compiled, call
from zbench.core import behaviour
from zbench.core.compile import renewal

warnings.simplefilter("error")

@behaviour
def ackermann(m, n):
    if m == 0: return n + 1
    if n == 0: return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))
@behaviour
def kept(n): return ackermann(2, n) + ackermann(1, 1)

made = compiled(kept, 3, checked=False)
print(call(made, 3), renewal.compiled_functions() > 0)
"""


def run_again(source, folder):
    """The output of a program in two processes, one after the other."""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", source],
            env={
                **os.environ,
                "ZBENCH_CACHE": str(folder),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        yield done


def test_machine_code_that_would_call_nowhere_in_a_later_process_is_not_kept(tmp_path):
    for done in run_again(OUTSIDE, tmp_path):
        assert done.stdout == "10 10\n"
        assert done.stderr.count("is not kept") == 1
        assert "the machine code of outside is not kept" in done.stderr


def test_a_function_that_calls_itself_with_a_constant_is_compiled_once_and_kept(tmp_path):
    assert [done.stdout for done in run_again(CONSTANT, tmp_path)] == ["12 True\n", "12 False\n"]
