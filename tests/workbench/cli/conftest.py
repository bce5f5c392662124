import os
import subprocess
import sys

import pytest


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "ZBENCH_STORE": str(tmp_path / "results.db")}


@pytest.fixture
def zb(tmp_path, environment):
    def call(*arguments, command=(sys.executable, "-m", "zbench.cli")):
        return subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
        )

    return call
