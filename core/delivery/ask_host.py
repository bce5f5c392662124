"""Replies to Python: a row for every waiting question, completed by its first answer.

The sender of a question is a reference that no actor has: -16 - {life of the row, row},
{47, 14} bits; at 10 us a question the lives of a row last 40 years. A message to it finds no
actor, and only there ``send.to_nobody`` tests for an answer, so questions cost messages between
actors nothing.

1. Python opens a row: STATE is {life, WAITING}.
2. The first answer of that life exchanges WAITING for WRITING, writes its kind and
   data, releases ANSWERED, and rings the bell, a futex.
3. Python, which alone frees rows, reads the answer, or gives up at the time-out by
   exchanging WAITING for FREE; a later answer is a dead letter.
"""

from zbench.core.compile.kernel import cached_kernel, kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import shared_words
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Envelope

# Offsets in a row of `ask`, which is as long as a message.
STATE = 0
KIND = 1
DATA = 2

FREE = 0
WAITING = 1
WRITING = 2
ANSWERED = 3
PHASE_BITS = 2

ROW_BITS = 14
MOST_ASKS = 1 << ROW_BITS
LIFE_MASK = (1 << 47) - 1
FIRST = -16  # above it are NO_SENDER and the other special senders


@kernel
def ask_ref(row: int, life: int) -> int:
    """Reference that is the sender of a question."""
    return FIRST - (((life & LIFE_MASK) << ROW_BITS) | row)


@optional_kernel("has_asks")
def answer(t: Tables, e: Envelope) -> bool:
    """Take a message to its receiver as an answer; False if nobody waits for it."""
    if e.to > FIRST:
        return False
    asked = FIRST - e.to
    row = asked & (MOST_ASKS - 1)
    life = asked >> ROW_BITS
    if life > LIFE_MASK or row >= len(t.ask) // envelope.message_words(t):
        return False
    state = row * envelope.message_words(t) + STATE
    waiting = (life << PHASE_BITS) | WAITING
    # acq_rel; only one of two answers finds WAITING.
    if not atomics.compare_exchange(t.ask, state, waiting, (life << PHASE_BITS) | WRITING):
        return False
    t.ask[state + KIND] = e.kind & envelope.KIND_MASK
    envelope.fill(t, t.ask, state + DATA, e.data)
    # release; pairs with the acquire load in phase(), carries the answer.
    atomics.store_release(t.ask, state, (life << PHASE_BITS) | ANSWERED)
    atomics.fetch_add(t.shared, shared_words.ASK_BELL, 1)
    atomics.futex_wake(t.shared, shared_words.ASK_BELL, 1)
    return True


@cached_kernel
def open_row(t: Tables, row: int, life: int) -> None:
    """Open a row for its answer. Caller: Python, which holds the row."""
    atomics.store_release(
        t.ask, row * envelope.message_words(t) + STATE, ((life & LIFE_MASK) << PHASE_BITS) | WAITING
    )


@cached_kernel
def phase(t: Tables, row: int) -> int:
    """Phase of a row."""
    # acquire; pairs with the release store in answer().
    return atomics.load_acquire(t.ask, row * envelope.message_words(t) + STATE) & (
        (1 << PHASE_BITS) - 1
    )


@cached_kernel
def give_up(t: Tables, row: int, life: int) -> bool:
    """Stop waiting; False if an answer is there, or being written."""
    life &= LIFE_MASK
    waiting = (life << PHASE_BITS) | WAITING
    # acq_rel; only one of an answer and this exchange finds WAITING.
    return atomics.compare_exchange(
        t.ask, row * envelope.message_words(t) + STATE, waiting, (life << PHASE_BITS) | FREE
    )


@cached_kernel
def wait_bell(t: Tables, heard: int, timeout_ns: int) -> int:
    """Sleep until the bell's count differs from ``heard``, or the time-out; its count."""
    rung = atomics.load_acquire(t.shared, shared_words.ASK_BELL)
    if rung == heard:
        atomics.futex_wait(t.shared, shared_words.ASK_BELL, heard, timeout_ns)
        rung = atomics.load_acquire(t.shared, shared_words.ASK_BELL)
    return rung
