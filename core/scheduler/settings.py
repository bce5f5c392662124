"""Settings that can be changed while a system runs."""

from collections.abc import Callable

from zbench.core.errors import integer
from zbench.core.memory.layout import shared_words
from zbench.core.memory.tables import Tables

# Words of `shared`, each with its range.
RANGES = {
    "batch": (shared_words.BATCH_SET, 1, 4096),
    "steal_most": (shared_words.STEAL_MOST_SET, 1, 256),
    "spins": (shared_words.SPINS_SET, 8, 100_000),
}


class Settings:
    """Settings that workers read again for every batch and every search for work.

    Attributes:
        batch: messages an actor handles before others get their turn, 1 to 4096.
        steal_most: actors stolen at once, 1 to 256; never more than half of the victim's
            actors.
        spins: looks for work before a worker yields its time slice, then sleeps;
            8 to 100000.

    Raises:
        ActorSystemError: on a change after ``stop``, or in a process made by fork.
        TypeError: on a value that is no integer.
        ValueError: on a value out of its range.
    """

    __slots__ = ("_check", "_shared")  # a misspelt setting is an AttributeError

    def __init__(self, tables: Tables, check: Callable[[], None]) -> None:
        self._shared = tables.shared
        self._check = check  # refuses a change after the end of the system

    def _get(self, name: str) -> int:
        return int(self._shared[RANGES[name][0]])

    def _set(self, name: str, value: int) -> None:
        number = integer(name, value, *RANGES[name][1:])
        self._check()
        self.store(name, number)

    def store(self, name: str, value: int) -> None:
        """Change a setting, even of a system that is ending. Caller: the tuner."""
        # One aligned word; pairs with the relaxed loads in core.scheduler.batching and
        # core.scheduler.work_stealing.
        self._shared[RANGES[name][0]] = value

    batch = property(lambda self: self._get("batch"), lambda self, v: self._set("batch", v))
    steal_most = property(
        lambda self: self._get("steal_most"), lambda self, v: self._set("steal_most", v)
    )
    spins = property(lambda self: self._get("spins"), lambda self, v: self._set("spins", v))

    def as_dict(self) -> dict[str, int]:
        """All settings by name."""
        return {name: self._get(name) for name in RANGES}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.as_dict().items())
        return f"Settings({values})"
