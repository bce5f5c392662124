"""Common parts of the bounded mailbox types: outcomes, and the filling of a line.

A bounded mailbox is a part of ``Tables.message``. Its messages are cache lines as in
core.memory.layout.message_slot, so behaviours read them in place; the stamp in the header
says whether a message is there.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import PAIR, Words
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Data
from zbench.core.messages.levels import LEVELS

PUT = 0  # the message is in the mailbox
FULL = 1
CLOSED = 2

CLOSED_BIT = 1 << 60  # of a word that holds the tail
POSITION_MASK = CLOSED_BIT - 1
ENDS_WORDS = 2 * PAIR  # tail and head of a ring, a pair of lines each

NORMAL = LEVELS.index("normal")


@kernel
def stamp_of(w: Words, line: int) -> int:
    """The stamp in the header of a line."""
    # acquire; pairs with the release stores of headers, in fill() and where a line is freed.
    return atomics.load_acquire(w, line + message_slot.HEADER) >> envelope.STAMP_SHIFT


@kernel
def fill(
    w: Words, line: int, stamp: int, generation: int, kind: int, sender: int, data: Data
) -> None:
    """Write a message into a line that the caller has claimed; the header goes last."""
    w[line + message_slot.SENDER] = sender
    envelope.fill_line(w, line + message_slot.DATA, data)
    meant_for = (generation & envelope.GENERATION_MASK) << envelope.GENERATION_SHIFT
    head = (stamp << envelope.STAMP_SHIFT) | meant_for | (kind & envelope.KIND_MASK)
    # release; pairs with the acquire load in stamp_of(), carries the message.
    atomics.store_release(w, line + message_slot.HEADER, head)
