"""The sizes of a system's tables, from its options."""

from typing import Any

from zbench.core.memory.arithmetic import power_of_two
from zbench.core.memory.index_pool import POOL_BATCH
from zbench.core.scheduler.config import ticks_of
from zbench.core.system.options import SystemOptions

MOST_BACKED_OFF = 1 << 16  # restarts delayed at one time


def plan_tables(options: SystemOptions) -> dict[str, Any]:
    """The arguments of ``new_tables`` for a system with these options.

    Raises:
        ValueError: if the mailboxes need more memory than the machine has, or cannot hold
            messages of that size.
    """
    batching = options.batching
    return {
        "workers": options.worker_count,
        "actors": slots_for(options),
        "state_words": options.state_words,
        "supervised": options.is_supervised,
        "timers": timers_for(options),
        "asks": options.asks,
        "blocks": options.block_tables,
        "routes": options.route_tables,
        "routers": options.routers,
        "routees": options.routees,
        "placement": options.schedule.placement,
        "batch_ticks": ticks_of(batching.target_us) if batching else 0,
        "batch_hooks": any(props.after_batch for props in options.props),
        **_rings(options),
        **_detached(options),
        **_events(options),
        **_bounded(options),
    }


def slots_for(options: SystemOptions) -> int:
    """Slots for the live actors, the guardian, and the free slots that caches keep."""
    return power_of_two(options.actors + options.is_supervised + _kept(options))


def timers_for(options: SystemOptions) -> int:
    """Timers for those that are set, for questions, and for delayed restarts."""
    timers = options.timers + options.questions
    policies = [options.guardian, *(props.supervisor for props in options.props)]
    if any(policy.backoff for policy in policies):
        timers += min(options.actors, MOST_BACKED_OFF)
    return power_of_two(timers + _kept(options)) if timers else 0


def _kept(options: SystemOptions) -> int:
    """Entries of a pool that may lie in workers' caches, out of reach of the other workers."""
    return 2 * POOL_BATCH * (options.worker_count + 1)


def _rings(options: SystemOptions) -> dict[str, Any]:
    """Rings for all messages in the mailboxes of all actors.

    Every actor with messages reads one ring; the rings after it are full except the last.
    """
    slots = power_of_two(options.mailbox_capacity)
    full = -(-options.messages // slots)
    reading = min(options.actors, options.messages)
    return {"rings": power_of_two(reading + full + _kept(options)), "ring_slots": slots}


def _detached(options: SystemOptions) -> dict[str, Any]:
    """Entries of the pools of detached messages, watches and questions."""
    wanted = {
        "stash_room": options.stash,
        "system_room": options.system_messages,
        "watches": options.watches,
        "questions": options.questions,
    }
    return {name: number + _kept(options) if number else 0 for name, number in wanted.items()}


def _events(options: SystemOptions) -> dict[str, Any]:
    bus = options.bus
    return {
        "event_slots": bus.slots if bus else 0,
        "event_sample": bus.sample_messages if bus else 0,
    }


def _bounded(options: SystemOptions) -> dict[str, Any]:
    """Bounded mailboxes, and the width of messages, which they limit."""
    mailboxes = options.mailboxes
    bounded = mailboxes.option()
    return {
        "bounded": bounded,
        "bounded_words": mailboxes.words(slots_for(options)),
        "levels": mailboxes.levels(),
        "wide": is_wide(options.message_bytes, bounded),
        "backpressure": mailboxes.mute(),
    }


def is_wide(message_bytes: int, bounded: tuple[int, ...]) -> bool:
    """Whether messages take two cache lines.

    Raises:
        ValueError: if the size is neither one line nor two, or bounded mailboxes forbid it.
    """
    if message_bytes not in (64, 128):
        msg = f"message_bytes must be 64 or 128, got {message_bytes}"
        raise ValueError(msg)
    if message_bytes == 128 and bounded:
        msg = "message_bytes=128 needs mailboxes of linked rings; the other types hold 64 bytes"
        raise ValueError(msg)
    return message_bytes == 128
