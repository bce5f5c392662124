"""The first instructions of a child process: die with the parent, then run a module.

Started as ``python -P -m zbench.children.start PARENT MODULE ...``. It imports next to nothing,
so a parent that is killed while the module is still being imported takes the child with it.
``-P`` keeps the current folder off the path: a file ``random.py`` there is not Python's.
"""

import ctypes
import os
import runpy
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
ORPHANED = 5  # exit code that nobody reads


def command(module: str, *arguments: str) -> list[str]:
    """The command line of a child of this process that runs a module as ``__main__``."""
    parent = str(os.getpid())
    return [sys.executable, "-P", "-m", "zbench.children.start", parent, module, *arguments]


def die_with_parent(parent: int) -> None:
    """Have Linux kill this process when its parent ends; end at once if it has ended already.

    Args:
        parent: The parent's process number as it was before this process started.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # A parent that died before the call above sends no signal any more.
    if os.getppid() != parent:
        os._exit(ORPHANED)


def main(arguments: Sequence[str]) -> None:
    """Run the module with its own arguments."""
    parent, module, *rest = arguments
    die_with_parent(int(parent))
    sys.argv[:] = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
