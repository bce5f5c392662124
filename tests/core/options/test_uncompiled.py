import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PLACES = (
    "actors",
    "blocks",
    "context",
    "delivery/test_ask_actors.py",
    "delivery/test_backpressure.py",
    "delivery/test_bounded.py",
    "delivery/test_routers.py",
    "delivery/test_stash.py",
    "delivery/test_system_messages.py",
    "directory",
    "lifecycle",
    "mailbox",
    "memory/test_index_pool.py",
    "messages",
    "metrics",
    "options/test_missing_options.py",
    "queues",
    "scheduler/test_config.py",
    "scheduler/test_tuner.py",
    "system/test_system.py",
    "system/test_tree.py",
)


def test_the_runtime_does_the_same_as_plain_python():
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(f"tests/core/{place}" for place in PLACES)],
        cwd=root,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
