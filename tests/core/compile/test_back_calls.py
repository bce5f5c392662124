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


def test_machine_code_that_would_call_nowhere_in_a_later_process_is_not_kept(tmp_path):
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", OUTSIDE],
            env={
                **os.environ,
                "ZBENCH_CACHE": str(tmp_path),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stdout) == (0, "10 10\n"), done.stderr
        assert done.stderr.count("is not kept") == 1
        assert "the machine code of outside is not kept" in done.stderr
