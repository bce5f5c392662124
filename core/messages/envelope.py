"""A message on its way, the format of its slot, and filling a slot."""

from typing import Any, NamedTuple

from zbench.core.actors.refs import generation_of_ref
from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import LINE, PAIR, Words
from zbench.core.memory.layout.message_slot import DATA_WORDS, WIDE_WORDS
from zbench.core.memory.tables import Tables

Data = tuple[int, int, int, int, int, int]
# fmt: off
Wide = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int]
# fmt: on
Carried = Data | Wide  # the second only where messages are wide

# A header is {stamp, generation, kind}, {24, 22, 16} bits; the one below the sign is
# core.delivery.system_messages' own. A stamp differs from those of the laps before and after it
# in every ring of up to 1 << 23 lines. The low bits of a generation are enough: every message
# was for a living actor when it was sent, so that only a sender that stands still between
# ``is_alive`` and its claim could be mistaken, if meanwhile the slot passes through an exact
# multiple of 1 << 22 incarnations, 0.2 s at full speed.
STAMP_SHIFT = 38
STAMP_MASK = (1 << 24) - 1
GENERATION_SHIFT = 16
GENERATION_MASK = (1 << 22) - 1
KIND_MASK = (1 << 16) - 1


class Envelope(NamedTuple):
    """A message on its way from a send to the receiver's mailbox."""

    to: int  # reference of the receiver
    kind: int  # of which the low 16 bits arrive
    sender: int  # reference, or a value below 0 (core.memory.layout.message_slot)
    data: Any  # Data, or Wide: a tuple's length is part of its type


@kernel
def enclose(to: int, kind: int, sender: int, data: Carried) -> Envelope:
    """Make an envelope whose type is the same for constants and for other numbers."""
    return Envelope(to, kind, sender, data)


@kernel
def header(position: int, generation: int, kind: int) -> int:
    """First word of a message: {stamp, generation, kind}."""
    stamp = (position + 1) & STAMP_MASK
    meant_for = (generation & GENERATION_MASK) << GENERATION_SHIFT
    return (stamp << STAMP_SHIFT) | meant_for | (kind & KIND_MASK)


@kernel
def kind_of(head: int) -> int:
    """Kind of a message, from its header."""
    return head & KIND_MASK


@kernel
def generation_of(head: int) -> int:
    """Generation of the actor the message was meant for, from its header."""
    return (head >> GENERATION_SHIFT) & GENERATION_MASK


@kernel
def meant_for(ref: int) -> int:
    """Generation in the headers of messages to the actor of a reference."""
    return generation_of_ref(ref) & GENERATION_MASK


@kernel
def message_words(t: Tables) -> int:
    """Words of a message's slot; a constant for the compiler."""
    return PAIR if len(t.wide) > 0 else LINE


@kernel
def fill_line(words: Words, place: int, data: Data) -> None:
    """Write the words of data that a message of one line has."""
    a, b, c, d, e, f = data
    words[place] = a
    words[place + 1] = b
    words[place + 2] = c
    words[place + 3] = d
    words[place + 4] = e
    words[place + 5] = f


@kernel
def fill(t: Tables, words: Words, place: int, data: Carried) -> None:
    """Write a message's words of data; missing words of a wide message become 0.

    The length of a tuple is part of its type: compiled, only one branch remains.
    """
    if len(data) == DATA_WORDS:
        if len(t.wide) > 0:
            for word in range(DATA_WORDS, WIDE_WORDS):
                words[place + word] = 0
        fill_line(words, place, data)
    else:
        a, b, c, d, e, f, g, h, i, j, k, m, n, o = data
        words[place + 6] = g
        words[place + 7] = h
        words[place + 8] = i
        words[place + 9] = j
        words[place + 10] = k
        words[place + 11] = m
        words[place + 12] = n
        words[place + 13] = o
        fill_line(words, place, (a, b, c, d, e, f))


@kernel
def write(t: Tables, slot: int, position: int, e: Envelope) -> None:
    """Fill a claimed slot; the header goes last."""
    t.message[slot + message_slot.SENDER] = e.sender
    fill(t, t.message, slot + message_slot.DATA, e.data)
    head = header(position, generation_of_ref(e.to), e.kind)
    # release; pairs with the acquire load in linked.is_published(), carries the message.
    atomics.store_release(t.message, slot + message_slot.HEADER, head)
