"""Three lines an actor, in `bounded`, where there are bounded mailboxes.

See core.delivery.bounded and core.delivery.backpressure.
"""

from zbench.core.memory.layout.lines import LINE, PAIR

CONFIG = 0  # row + 1 of its mailbox in `mailbox_config`, 0 for linked rings; at spawn, relaxed
RECEIVED = LINE  # messages read in this incarnation; owner, relaxed
HIGH_WATER = LINE + 1  # most messages that a run found waiting; owner, relaxed
MUTED = LINE + 2  # ref of the incarnation that was muted last; owner
DROPPED = PAIR  # messages of this incarnation that found no room; senders, fetch_add
POISON = PAIR + 1  # ref of the incarnation that is asked to stop, or 0; any thread, acq_rel
WAITING = PAIR + 2  # slot + 1 of a muted sender: stack of the muted ones; acq_rel
WAITS_FOR = (
    PAIR + 3
)  # slot + 1 of the receiver it waits for, or 0; owner, then the receiver's owner
WAITS_NEXT = PAIR + 4  # link of that stack; the sender before it is pushed
WORDS = PAIR + LINE
