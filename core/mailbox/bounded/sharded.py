"""Sixteen rings, each with its own ends, chosen by the sender's slot.

Senders of different shards share no word, and a sender that floods its shard takes no room
from others and does not delay them: the owner takes at most RUN_MOST messages of a shard
in a row, then goes on to the next. All messages of a sender go through one ring, in order.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.mailbox.bounded import parts, vyukov
from zbench.core.memory.layout.lines import NONE, Words
from zbench.core.messages.envelope import Data

SHARDS = 16
RUN_MOST = 16  # messages in a row from one shard while others have some

SHARD = 0  # shard that the owner reads; owner
RUN = 1  # messages it read there in a row; owner

SPREAD = 0x9E37_79B9  # 2**32 over the golden ratio, for Fibonacci hashing (Knuth, 6.4)
SHARD_SHIFT = 28


def words(capacity: int) -> int:
    """Words of a mailbox."""
    return parts.words(capacity, SHARDS)


@kernel
def shard_of(sender: int) -> int:
    """The shard of a sender, by its slot."""
    return (((sender & 0xFFFF_FFFF) * SPREAD) & 0xFFFF_FFFF) >> SHARD_SHIFT


@kernel
def setup(w: Words, place: int, capacity: int) -> None:
    """Open the mailbox to messages. Caller: the thread that is about to spawn the actor."""
    parts.setup(w, place, capacity, SHARDS)


@kernel
def put(
    w: Words,
    place: int,
    capacity: int,
    level: int,
    generation: int,
    kind: int,
    sender: int,
    data: Data,
) -> int:
    """Put a message in. Caller: any thread."""
    ring = parts.ring_of(place, capacity, SHARDS, shard_of(sender))
    return vyukov.put(w, ring, capacity // SHARDS, level, generation, kind, sender, data)


@kernel
def front(w: Words, place: int, capacity: int) -> int:
    """Claim the oldest message of the next shard: its line, or NONE. Caller: the owner."""
    shard = w[place + SHARD]
    start = 0 if w[place + RUN] < RUN_MOST else 1
    for k in range(start, start + min(SHARDS, capacity)):
        looked_at = (shard + k) & (SHARDS - 1)
        line = vyukov.front(
            w, parts.ring_of(place, capacity, SHARDS, looked_at), capacity // SHARDS
        )
        if line != NONE:
            w[place + SHARD] = looked_at
            w[place + RUN] = w[place + RUN] + 1 if k == 0 else 1
            return line
    return NONE


@kernel
def pop(w: Words, place: int, capacity: int, line: int) -> None:
    """Free the line of a claimed message. Caller: the thread that claimed it."""
    vyukov.pop(w, place, capacity // SHARDS, line)


@kernel
def oldest(w: Words, place: int, capacity: int, level: int, sender: int) -> int:
    """Claim the message to drop for one of this sender: its line, or NONE."""
    return vyukov.front(
        w, parts.ring_of(place, capacity, SHARDS, shard_of(sender)), capacity // SHARDS
    )


@kernel
def close(w: Words, place: int, capacity: int) -> None:
    """Close the mailbox to messages. Caller: the owner."""
    parts.close(w, place, capacity, SHARDS)


@kernel
def size(w: Words, place: int, capacity: int) -> int:
    """Messages in the mailbox, including those claimed but not yet written."""
    return parts.size(w, place, capacity, SHARDS)
