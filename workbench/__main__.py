"""``python -m zbench``: the command, where the environment's scripts are not on PATH."""

import os
import sys

if __name__ == "__main__":
    # ``-m`` puts the current folder first: a file ``random.py`` there would hide Python's.
    if not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    from zbench.cli.__main__ import start

    start()
