"""``python -m zbench.cli``: the command."""

from zbench.cli.main import main

if __name__ == "__main__":
    main()
