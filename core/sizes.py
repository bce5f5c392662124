"""How large the tables of a system are, from what its user asks for."""

from collections.abc import Sequence

from zbench.core.arithmetic import power_of_two
from zbench.core.errors import check_range
from zbench.core.layout import POOL_BATCH
from zbench.core.program import Behaviour
from zbench.core.supervision import Props, Supervisor


def slots_for(actors: int, workers: int, supervised: bool) -> int:
    """Slots for so many live actors: free ones in a worker's cache nobody else can have."""
    return power_of_two(actors + supervised + 2 * POOL_BATCH * (workers + 1))


def timers_for(
    timers: int,
    actors: int,
    workers: int,
    guardian: Supervisor,
    behaviours: Sequence[Behaviour | Props],
) -> int:
    """Room for the timers asked for, and for restarts that are put off."""
    check_range("timers", timers, 0, 1 << 24)
    policies = [guardian, *(b.supervisor for b in behaviours if isinstance(b, Props))]
    if any(p.backoff for p in policies):
        timers += min(actors, 1 << 16)
    # The caches keep some nodes that others cannot have.
    return power_of_two(timers + 2 * POOL_BATCH * (workers + 1)) if timers else 0


def nodes_for(option: str, wanted: int, workers: int) -> int:
    """Nodes for so many messages; the caches keep some that others cannot have."""
    check_range(option, wanted, 0, 1 << 28)
    return wanted + 2 * POOL_BATCH * (workers + 1) if wanted else 0


def rings_for(actors: int, messages: int, ring_slots: int, workers: int) -> int:
    """Rings that so many messages in mailboxes of so many actors can need.

    Every actor with mail reads one ring; all that follow it are full but the last. The
    workers' caches keep some that others cannot have.
    """
    full = -(-messages // ring_slots)
    reading = min(actors, messages)
    return power_of_two(reading + full + 2 * POOL_BATCH * (workers + 1))


def is_wide(message_bytes: int, boxes: tuple[int, ...]) -> bool:
    """Whether messages take two lines.

    Raises:
        ValueError: if they can be neither of one line nor of two.
    """
    if message_bytes not in (64, 128):
        msg = f"message_bytes must be 64 or 128, got {message_bytes}"
        raise ValueError(msg)
    if message_bytes == 128 and boxes:
        msg = "message_bytes=128 needs mailboxes of linked rings; the other types hold 64 bytes"
        raise ValueError(msg)
    return message_bytes == 128
