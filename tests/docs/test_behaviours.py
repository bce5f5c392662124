"""The page on behaviours: its example passes as it stands, compiled and uncompiled."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "behaviours.md"


@pytest.mark.parametrize("uncompiled", ["1", pytest.param("0", marks=pytest.mark.compiles)])
def test_the_example_and_its_test_pass(tmp_path, uncompiled):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    imports = "from zbench.core import ActorSystem\n"
    (tmp_path / "test_adder.py").write_text(imports + "\n\n".join(blocks))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "test_adder.py"],
        cwd=tmp_path,
        env={**os.environ, "NUMBA_DISABLE_JIT": uncompiled},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
