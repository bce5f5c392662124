"""Types of bounded mailboxes by name, and the configurations that behaviours ask for.

A type is a set of kernels over one mailbox's part of ``Tables.message``: the words that start
at ``place``. None of them is initialised before the first message, so memory nobody uses is
never touched. docs/mailboxes.md lists the guarantees of each kernel;
``zbench.core.mailbox.conformance.check`` tests them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from zbench.core.compile.kept_code import EXTENSIONS
from zbench.core.errors import check_among, check_is, check_range, integer
from zbench.core.mailbox.bounded import fetch_add, priority, sharded, vyukov
from zbench.core.memory.arithmetic import power_of_two
from zbench.core.memory.layout import mailbox_row
from zbench.core.messages.levels import LEVELS, Level

Kernel = Callable[..., Any]
Overflow = Literal["spill", "drop-newest", "drop-oldest", "fail", "suspend"]

LINKED = "linked"
ALL_NORMAL = 0x2222_2222_2222_2222  # a word of levels, all normal
DEFAULT_CAPACITY = 1024
MOST_CAPACITY = 1 << 20
USERS_FROM = 16  # numbers of registered types start here
OVERFLOWS = ("spill", "drop-newest", "drop-oldest", "fail", "suspend")


@dataclass(frozen=True)
class MailboxType:
    """A type of mailbox: its kernels, all of which start with (words, place, capacity).

    Args:
        name: the name that behaviours ask for.
        words: number of words of a mailbox of a given capacity; Python, not a kernel.
        setup: open the mailbox at the start of an incarnation. Positions continue.
        put: (..., level, generation, kind, sender, data): put a message in; PUT, FULL or
            CLOSED (core.mailbox.bounded.cell). Any thread, at any time, even after the
            incarnation that the message is for.
        front: the line of the oldest message, or NONE (-1). The owner.
        pop: (..., line): free the line from ``front``. The owner, or the caller of ``oldest``.
        close: make every later ``put`` return CLOSED. The owner; may be called again.
        size: messages put but not popped, including those claimed but not yet written.
        oldest: (..., level, sender): claim a message to drop for a new one: its line, or
            NONE. Any thread, so ``front`` must claim too. None: cannot drop the oldest.
        order: the promised order.
        least: the smallest capacity.
        levels: whether the type uses the level of a message.
        parted: whether a sender or a level has only a part of the capacity.
    """

    name: str
    words: Callable[[int], int]
    setup: Kernel
    put: Kernel
    front: Kernel
    pop: Kernel
    close: Kernel
    size: Kernel
    oldest: Kernel | None = None
    order: str = "each sender's messages in the order of their sending"
    least: int = 2
    levels: bool = False
    parted: bool = False

    def kernels(self) -> tuple[Kernel | None, ...]:
        """All kernels; None for a missing one."""
        return (self.setup, self.put, self.front, self.pop, self.close, self.size, self.oldest)


def _of(module: Any, name: str, **more: Any) -> MailboxType:
    """The type with the kernels of a module."""
    return MailboxType(
        name,
        module.words,
        module.setup,
        module.put,
        module.front,
        module.pop,
        module.close,
        module.size,
        getattr(module, "oldest", None),
        **more,
    )


STANDARD = _of(vyukov, "standard", order="all messages in the order of their claims")
COUNTED = _of(fetch_add, "hardware-optimised", order="all messages in the order of their claims")
SHARDED = _of(sharded, "sharded", least=2 * sharded.SHARDS, parted=True)
PRIORITY = _of(
    priority,
    "priority",
    order="each sender's messages of a level in the order of their sending",
    least=2 * priority.LEVEL_COUNT,
    levels=True,
    parted=True,
)

BUILT_IN = (STANDARD, COUNTED, SHARDED, PRIORITY)  # number k + 1
REGISTERED: list[MailboxType] = []  # number USERS_FROM + k
# A user's kernels become part of the core's.
EXTENSIONS.append(lambda: [kernel for kind in REGISTERED for kernel in kind.kernels()])

# Aliases, and the types behind them (docs/mailboxes.md gives the reasons).
ALIASES = {
    "fast": LINKED,
    "high-perf": LINKED,
    "ultra-fast": LINKED,
    "batch": LINKED,
    "zero-copy": LINKED,
    "prefetching": "hardware-optimised",
    "adaptive": "sharded",
}


def mailbox_names() -> tuple[str, ...]:
    """Every name a behaviour may ask for."""
    return (LINKED, *(t.name for t in (*BUILT_IN, *REGISTERED)), *ALIASES)


def number_of(name: str) -> int:
    """Number of the type with a name, 0 for linked rings.

    Raises:
        ValueError: if there is none; the message lists the known names.
    """
    name = ALIASES.get(name, name)
    if name == LINKED:
        return 0
    for start, types in ((1, BUILT_IN), (USERS_FROM, REGISTERED)):
        for k, known in enumerate(types):
            if known.name == name:
                return start + k
    msg = f"mailbox must be one of {', '.join(mailbox_names())}, got {name!r}"
    raise ValueError(msg)


def type_of(name: str) -> MailboxType | None:
    """The type with a name, None for linked rings; errors as ``number_of``."""
    number = number_of(name)
    if number >= USERS_FROM:
        return REGISTERED[number - USERS_FROM]
    return BUILT_IN[number - 1] if number > 0 else None


def register_mailbox(kind: MailboxType) -> None:
    """Let behaviours ask for a type of mailbox by its name: extension point ``mailbox.type``.

    Call it before the first system that uses it is built.

    Raises:
        ValueError: if the name is taken.
    """
    if kind.name in mailbox_names():
        msg = f"there is a mailbox named {kind.name!r} already"
        raise ValueError(msg)
    REGISTERED.append(kind)


@dataclass(frozen=True)
class Mailbox:
    """The mailbox of a behaviour's actors, for ``Props(receive, mailbox=...)``.

    Args:
        name: name of its type, one of ``mailbox_names()``.
        capacity: messages it holds, rounded up to a power of two; None is 1024. Linked
            rings are not bounded and take none.
        overflow: treatment of a message that finds no room: it becomes a dead letter
            ("drop-newest"), the oldest one does instead ("drop-oldest"), or it does and the
            sender fails with code 7 ("fail"). Linked rings spill. With "suspend" the mailbox
            takes up to twice its capacity, and an actor that sends beyond the capacity
            handles no more messages until fewer than half of the capacity wait.
        levels: levels by the kind of message, for "priority"; other kinds are normal.

    Raises:
        TypeError: on a value of another type.
        ValueError: on an unknown name or an option that the type does not support.
    """

    name: str = LINKED
    capacity: int | None = None
    overflow: Overflow | None = None
    levels: Mapping[int, Level] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse options that the type does not support."""
        check_among("mailbox", self.name, mailbox_names())
        check_is("levels", self.levels, Mapping, "a dict of kinds and levels")
        if self.capacity is not None:
            # A frozen dataclass refuses ``self.capacity = ...``.
            object.__setattr__(self, "capacity", integer("capacity", self.capacity))
        kind = type_of(self.name)
        if kind is None:
            if self.capacity is not None or self.overflow not in (None, "spill") or self.levels:
                msg = (
                    f"mailbox {self.name!r} is linked rings: it spills, and takes no capacity, "
                    "overflow or levels; ActorSystem(mailbox_capacity=...) sizes its rings"
                )
                raise ValueError(msg)
            return
        check_range(f"capacity of mailbox {self.name!r}", self.room, kind.least, MOST_CAPACITY)
        if self.overflow is not None:
            check_among(f"overflow of mailbox {self.name!r}", self.overflow, OVERFLOWS[1:])
        if self.overflow == "drop-oldest" and kind.oldest is None:
            msg = f"mailbox {self.name!r} cannot drop the oldest; use standard or sharded"
            raise ValueError(msg)
        if self.overflow == "suspend" and kind.parted:
            msg = f"mailbox {self.name!r} cannot suspend; use standard or hardware-optimised"
            raise ValueError(msg)
        self._check_levels(kind)

    def _check_levels(self, kind: MailboxType) -> None:
        """Refuse unknown levels, and levels for a type without them."""
        if self.levels and not kind.levels:
            msg = f"mailbox {self.name!r} has no levels; use priority"
            raise ValueError(msg)
        for of_kind, level in self.levels.items():
            integer("a kind with a level", of_kind, 0, (1 << 16) - 1)
            check_among("a level", level, LEVELS)

    @property
    def cells(self) -> int:
        """Its capacity, a power of two."""
        asked = DEFAULT_CAPACITY if self.capacity is None else self.capacity
        return power_of_two(asked)

    @property
    def room(self) -> int:
        """Messages that fit: with "suspend" twice the capacity."""
        return 2 * self.cells if self.strategy == "suspend" else self.cells

    @property
    def strategy(self) -> Overflow:
        """Treatment of a message that finds no room."""
        if number_of(self.name) == 0:
            return "spill"
        return self.overflow or "drop-newest"

    def level_words(self) -> list[int]:
        """The level of every kind, 4 bits each, for core.mailbox.bounded.lookup."""
        words = [ALL_NORMAL] * mailbox_row.LEVEL_WORDS
        for kind, level in self.levels.items():
            shift = 4 * (kind % mailbox_row.KINDS_A_WORD)
            word = words[kind // mailbox_row.KINDS_A_WORD] & ~(0xF << shift)
            words[kind // mailbox_row.KINDS_A_WORD] = word | (LEVELS.index(level) << shift)
        return words
