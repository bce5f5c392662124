"""``python -m zbench.cli``, and the command ``zbench``: its first instructions."""

import os
import sys


def start() -> None:
    """Run the command line; a Ctrl-C while it is still being imported is one line, too."""
    try:
        from zbench.cli.main import main
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    main()


def _interrupted() -> int:
    sys.stderr.write("zbench: interrupted; nothing was measured\n")
    return 130


if __name__ == "__main__":
    # ``-m`` puts the current folder first: a file ``random.py`` there would hide Python's.
    if not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    start()
