"""One line a message, in `message`, or two where messages are wide."""

from typing import Final

from zbench.core.memory.layout.lines import PAIR

HEADER = 0  # {stamp, generation, kind}; its release store publishes the message
SENDER = 1  # ref of the sending actor, or NO_SENDER
DATA = 2  # six words of data, 14 of a wide message

DATA_WORDS: Final = 6  # LINE - DATA, as the type checker needs it
WIDE_WORDS = PAIR - DATA

# Values of SENDER that are no reference.
NO_SENDER = -1
FILLER = -2  # a slot claimed in bulk and given back unused (core.mailbox.reservation)
POISON = -3  # a request to stop once every message before it is handled
