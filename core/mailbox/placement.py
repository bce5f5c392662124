"""The bounded mailboxes of a system: their configurations and their places in memory."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from zbench.core.mailbox import registry
from zbench.core.mailbox.bounded import by_type
from zbench.core.mailbox.registry import Mailbox
from zbench.core.memory.layout import bounded_row, mailbox_row
from zbench.core.memory.layout.lines import LINE, NONE, PAIR
from zbench.core.memory.tables import Tables


@dataclass(frozen=True)
class MailboxFigures:
    """Figures of one actor's bounded mailbox in the present incarnation.

    ``waiting`` and ``high_water`` count messages; the latter is sampled whenever the actor
    runs. ``dropped`` counts messages that found no room.
    """

    mailbox: Mailbox
    waiting: int
    received: int
    dropped: int
    high_water: int


class Mailboxes:
    """The mailbox configurations that the behaviours of a system ask for.

    Args:
        asked: the mailbox of each behaviour, in the order of their indices.
    """

    def __init__(self, asked: Sequence[Mailbox]) -> None:
        self.kinds: list[Mailbox] = []
        self._of: list[int] = []  # of each behaviour, row + 1 in `kinds`, or 0
        for mailbox in asked:
            if registry.number_of(mailbox.name) == 0:
                self._of.append(0)
                continue
            if mailbox not in self.kinds:
                self.kinds.append(mailbox)
            self._of.append(1 + self.kinds.index(mailbox))

    def option(self) -> tuple[int, ...]:
        """Value of ``Tables.has_bounded``: longer where registered types are used."""
        if not self.kinds:
            return ()
        if all(registry.number_of(kind.name) < registry.USERS_FROM for kind in self.kinds):
            return (1,)
        by_type.extend()
        return (1,) * (1 + len(registry.REGISTERED))

    def words(self, actors: int) -> int:
        """Words of the bounded mailboxes of a number of actors.

        Raises:
            ValueError: if they exceed the machine's memory.
        """
        total = sum(_size(kind) for kind in self.kinds) * actors
        most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8
        if total > most:
            each = ", ".join(f"{k.name} of {k.room}: {8 * _size(k)} bytes" for k in self.kinds)
            msg = (
                f"mailboxes of {actors} actors take {8 * total} bytes, the machine has "
                f"{8 * most}; lower actors, or the capacity ({each} an actor)"
            )
            raise ValueError(msg)
        return total

    def levels(self) -> int:
        """Number of configurations with levels."""
        return sum(bool(kind.levels) for kind in self.kinds)

    def mute(self) -> bool:
        """Whether any full mailbox mutes its senders."""
        return any(kind.strategy == "suspend" for kind in self.kinds)

    def fill(self, t: Tables) -> None:
        """Write the configurations into the tables."""
        start, level = t.detached_base + t.detached_count * LINE, 0
        rows = t.mailbox_config.reshape(-1, mailbox_row.WORDS)
        for row, kind in zip(rows, self.kinds, strict=False):
            row[mailbox_row.TYPE] = registry.number_of(kind.name)
            row[mailbox_row.CAPACITY], row[mailbox_row.LIMIT] = kind.room, kind.cells
            row[mailbox_row.OVERFLOW] = registry.OVERFLOWS.index(kind.strategy)
            row[mailbox_row.START], row[mailbox_row.SIZE] = start, _size(kind)
            row[mailbox_row.LEVELS_START] = NONE
            if kind.levels:
                row[mailbox_row.LEVELS_START] = level
                t.kind_level[level : level + mailbox_row.LEVEL_WORDS] = np.array(
                    kind.level_words(), np.int64
                )
                level += mailbox_row.LEVEL_WORDS
            start += _size(kind) * t.actors
        if self.kinds:
            t.config_of[: len(self._of)] = self._of

    def of(self, t: Tables, actor: int) -> Mailbox:
        """The mailbox of the actor in a slot."""
        config = int(t.bounded[actor * bounded_row.WORDS + bounded_row.CONFIG]) if self.kinds else 0
        return self.kinds[config - 1] if config else Mailbox()

    def figures(self, t: Tables, actor: int, waiting: int) -> MailboxFigures:
        """Figures of the mailbox of the actor in a slot."""
        line = t.bounded[actor * bounded_row.WORDS : (actor + 1) * bounded_row.WORDS]
        return MailboxFigures(
            mailbox=self.of(t, actor),
            waiting=waiting,
            received=int(line[bounded_row.RECEIVED]),
            dropped=int(line[bounded_row.DROPPED]),
            high_water=max(waiting, int(line[bounded_row.HIGH_WATER])),
        )


def _size(kind: Mailbox) -> int:
    """Words of a mailbox, in whole pairs of cache lines."""
    known = registry.type_of(kind.name)
    assert known is not None
    return -(-known.words(kind.room) // PAIR) * PAIR
