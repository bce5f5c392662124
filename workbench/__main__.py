"""``python -m zbench``: the command, where the environment's scripts are not on PATH."""

from zbench.cli.main import main

if __name__ == "__main__":
    main()
