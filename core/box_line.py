"""What the types of mailboxes at fixed places share: outcomes, and how a line is filled.

A box is a part of ``Tables.message``. Its messages are lines as core.layout has them, so
that behaviours read them in place; the stamp in the header says whether a message is there.
"""

from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import DATA, HEADER, PAIR, SENDER, Words
from zbench.core.levels import LEVELS
from zbench.core.mailbox import GENERATION_MASK, GENERATION_SHIFT, KIND_MASK, STAMP_SHIFT, Data

PUT = 0  # the message is in the box
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
    return at.load_acquire(w, line + HEADER) >> STAMP_SHIFT


@kernel
def fill(
    w: Words, line: int, stamp: int, generation: int, kind: int, sender: int, data: Data
) -> None:
    """Write a message into a line that the caller has claimed; the header goes last."""
    w[line + SENDER] = sender
    a, b, c, d, e, f = data
    w[line + DATA] = a
    w[line + DATA + 1] = b
    w[line + DATA + 2] = c
    w[line + DATA + 3] = d
    w[line + DATA + 4] = e
    w[line + DATA + 5] = f
    meant_for = (generation & GENERATION_MASK) << GENERATION_SHIFT
    head = (stamp << STAMP_SHIFT) | meant_for | (kind & KIND_MASK)
    # release; pairs with the acquire load in stamp_of(), carries the message.
    at.store_release(w, line + HEADER, head)
