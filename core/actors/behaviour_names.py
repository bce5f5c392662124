"""Behaviours by name: the index that ``ctx.spawn`` and ``ctx.become`` take."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class BehaviourNames(Mapping[str, int]):
    """Names of a system's behaviours, each with its index.

    In a sequence, behaviours have their functions' names; a name that several share is
    left out. In a mapping, the keys are the names.
    """

    def __init__(self, behaviours: Sequence[Any] | Mapping[str, Any]) -> None:
        if isinstance(behaviours, Mapping):
            self.all = tuple(behaviours)
        else:
            self.all = tuple(getattr(b, "__name__", repr(b)) for b in behaviours)
        times = Counter(self.all)
        self._indices = {name: k for k, name in enumerate(self.all) if times[name] == 1}

    def __getitem__(self, name: str) -> int:
        """Index of the behaviour of that name.

        Raises:
            KeyError: if no behaviour has the name, or several have.
        """
        return self._indices[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)

    def index(self, name: str) -> int:
        """Index of the behaviour of that name.

        Raises:
            ValueError: if no behaviour has the name, or several have; lists the names.
        """
        if name in self._indices:
            return self._indices[name]
        if name in self.all:
            msg = (
                f"{self.all.count(name)} behaviours are called {name!r}; "
                "give ActorSystem a dict of names and behaviours"
            )
        else:
            msg = f"no behaviour is called {name!r}; there are {', '.join(sorted(self))}"
        raise ValueError(msg)
