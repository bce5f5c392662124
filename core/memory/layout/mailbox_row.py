"""A line a configuration of a bounded mailbox, in `mailbox_config`.

A configuration is a type, a capacity and an overflow, as behaviours ask for them.
"""

from zbench.core.memory.layout.lines import LINE

TYPE = 0  # number of its type (core.mailbox.registry)
CAPACITY = 1  # given to its type's kernels
OVERFLOW = 2  # treatment of a message that finds no room (core.delivery.bounded)
START = 3  # where the mailbox of slot 0 starts in `message`
SIZE = 4  # words of one mailbox
LEVELS_START = 5  # where its levels start in `kind_level`, or NONE
LIMIT = 6  # messages from which on senders are muted (core.delivery.backpressure)
WORDS = LINE

# `kind_level`: the levels of a mailbox by the kind of a message, 4 bits each.
KINDS_A_WORD = 16
LEVEL_WORDS = (1 << 16) // KINDS_A_WORD
