"""The mailboxes of a system: which kinds its behaviours ask for, where their boxes lie."""

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
    """What one actor's mailbox at a fixed place has seen in the actor's life.

    ``waiting`` and ``high_water`` count messages; the latter is taken whenever the actor
    runs. ``dropped`` counts those for which there was no room.
    """

    mailbox: Mailbox
    waiting: int
    received: int
    dropped: int
    high_water: int


class Mailboxes:
    """The kinds of mailboxes that the behaviours of a system ask for.

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
        """What ``Tables.boxes`` is: longer where registered types are used."""
        if not self.kinds:
            return ()
        if all(registry.number_of(kind.name) < registry.USERS_FROM for kind in self.kinds):
            return (1,)
        by_type.extend()
        return (1,) * (1 + len(registry.REGISTERED))

    def words(self, actors: int) -> int:
        """Words of the boxes of so many actors.

        Raises:
            ValueError: if that is more than the machine has.
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
        """How many kinds of mailboxes have levels."""
        return sum(bool(kind.levels) for kind in self.kinds)

    def mute(self) -> bool:
        """Whether a full one mutes who sends to it."""
        return any(kind.strategy == "suspend" for kind in self.kinds)

    def fill(self, t: Tables) -> None:
        """Write the kinds of mailboxes into the tables."""
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
        variant = (
            int(t.bounded[actor * bounded_row.WORDS + bounded_row.CONFIG]) if self.kinds else 0
        )
        return self.kinds[variant - 1] if variant else Mailbox()

    def figures(self, t: Tables, actor: int, waiting: int) -> MailboxFigures:
        """What the mailbox of the actor in a slot has seen."""
        line = t.bounded[actor * bounded_row.WORDS : (actor + 1) * bounded_row.WORDS]
        return MailboxFigures(
            mailbox=self.of(t, actor),
            waiting=waiting,
            received=int(line[bounded_row.RECEIVED]),
            dropped=int(line[bounded_row.DROPPED]),
            high_water=max(waiting, int(line[bounded_row.HIGH_WATER])),
        )


def _size(kind: Mailbox) -> int:
    """Words of a box, whole pairs of lines."""
    known = registry.type_of(kind.name)
    assert known is not None
    return -(-known.words(kind.room) // PAIR) * PAIR
