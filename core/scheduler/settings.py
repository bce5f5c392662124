"""Settings that can be changed while a system runs."""

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
    """

    def __init__(self, tables: Tables) -> None:
        self._shared = tables.shared

    def _get(self, name: str) -> int:
        return int(self._shared[RANGES[name][0]])

    def _set(self, name: str, value: int) -> None:
        word, low, high = RANGES[name]
        value = integer(name, value, low, high)
        # One aligned word; pairs with the relaxed loads in core.scheduler.batching and
        # core.scheduler.work_stealing.
        self._shared[word] = value

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
