"""Finding an actor's bounded mailbox: its configuration, its place, its length."""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.mailbox import registry
from zbench.core.mailbox.bounded import by_type, cell
from zbench.core.memory import atomics
from zbench.core.memory.layout import bounded_row, mailbox_row
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope

DROP_OLDEST = registry.OVERFLOWS.index("drop-oldest")
FAIL = registry.OVERFLOWS.index("fail")
SUSPEND = registry.OVERFLOWS.index("suspend")
FAIL_CODE = 7  # fault code of a sender whose message found no room


@kernel
def config_of(t: Tables, actor: int) -> int:
    """Row + 1 of an actor's mailbox configuration, 0 for linked rings."""
    # relaxed: a holder of this incarnation's reference got it after the store in
    # core.delivery.bounded.begin().
    return atomics.load_relaxed(t.bounded, actor * bounded_row.WORDS + bounded_row.CONFIG)


@kernel
def row_of(config: int) -> int:
    """Offset of a configuration in ``mailbox_config``."""
    return (config - 1) * mailbox_row.WORDS


@kernel
def place_of(t: Tables, row: int, actor: int) -> int:
    """Offset of an actor's mailbox in ``message``."""
    return (
        t.mailbox_config[row + mailbox_row.START] + actor * t.mailbox_config[row + mailbox_row.SIZE]
    )


@kernel
def level_of(t: Tables, row: int, kind: int) -> int:
    """Level of a kind of message."""
    start = t.mailbox_config[row + mailbox_row.LEVELS_START]
    if start == NONE:
        return cell.NORMAL
    kind &= envelope.KIND_MASK
    return (
        t.kind_level[start + kind // mailbox_row.KINDS_A_WORD]
        >> (4 * (kind % mailbox_row.KINDS_A_WORD))
    ) & 0xF


@optional_kernel("has_bounded")
def waiting(t: Tables, actor: int) -> int:
    """Messages in an actor's bounded mailbox, as far as visible; 0 if it has none."""
    config = config_of(t, actor)
    if config == 0:
        return 0
    row = row_of(config)
    return by_type.size(t, row, place_of(t, row, actor))
