"""Every scenario answers right as plain Python, without the minutes that compiling all takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from zbench.core.compile.kernel import INTERPRETED


@pytest.mark.skipif(INTERPRETED, reason="this is the run it starts")
def test_every_scenario_answers_right_uncompiled():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/scenarios"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
