import os
import subprocess
import sys
from pathlib import Path


def test_the_runtime_does_the_same_as_plain_python():
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/core/test_system.py",
         "tests/core/test_structures.py", "tests/core/test_mailbox.py",
         "tests/core/test_faults.py", "tests/core/test_lifecycle.py", "tests/core/test_routing.py",
         "tests/core/test_blocks.py", "tests/core/test_block_pool.py",
         "tests/core/test_records.py", "tests/core/test_serialise.py",
         "tests/core/test_context_tables.py", "tests/core/test_tree.py",
         "tests/core/test_boxes.py", "tests/core/test_mailbox_types.py",
         "tests/core/test_own_mailbox.py", "tests/core/test_muting.py",
         "tests/core/test_routers.py", "tests/core/test_schedulers.py",
         "tests/core/test_tuning.py",
         "tests/core/test_become.py", "tests/core/test_stash.py", "tests/core/test_urgent.py",
         "tests/core/test_watches.py", "tests/core/test_questions.py",
         "tests/core/test_missing_options.py"],
        cwd=root,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
