"""Questions between actors: a row each, redeemed once, by a reply or by the time-out.

The sender of a question is a reference that no actor has, as in core.delivery.ask_host:
FIRST - {life of the row, row}, {37, 25} bits. A message to it finds no living actor, and only
there ``send.to_nobody`` looks for a row, so questions cost other messages nothing. A row whose
lives are used up is never used again: at 100 ns a question, 6 rows a day.

1. ask: take a row, write the asker, release {life, WAITING}; set a timer for a message
   of the late kind to the question's reference, from itself; then send the question.
2. redeem (a reply, or the timer's message): exchange WAITING for the next life. The
   winner holds the row: it reads the asker, gives the row back, and its message goes on to
   the asker, with the question's reference as its sender.
3. The second message finds the next life. A reply is then a dead letter; the timer's
   message is dropped.

A reply cancels the timer if it gets the lock of the timer's row at once; else the timer
ends at step 3. If the timer fires before its reference is stored, the stale reference ends
up in the row's next use. The reply to that question then cancels nothing, and its timer
ends at step 3: harmless.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import question_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.timers import cancel_if_free

FREE = 0
WAITING = 1
ROW_BITS = 25
ROW_MASK = (1 << ROW_BITS) - 1
FIRST = -(1 << 62)  # below the references of core.delivery.ask_host
LAST_LIFE = (1 << (62 - ROW_BITS)) - 1


@kernel
def question_ref(row: int, life: int) -> int:
    """Reference that is the sender of a question."""
    return FIRST - ((life << ROW_BITS) | row)


@kernel
def open_question(t: Tables, worker: int, asker: int) -> int:
    """Open a question: the reference to reply to, or NONE. Caller: the owner of row ``worker``."""
    row = index_pool.take(
        t.shared,
        shared_words.QUESTION_POOL,
        t.question,
        question_row.FREE_LINK,
        t.question_cache,
        worker,
        t.questions,
    )
    if row == NONE:
        return NONE
    line = row * LINE
    t.question[line + question_row.ASKER] = asker
    atomics.store_relaxed(t.question, line + question_row.TIMER, NONE)
    life = t.question[line + question_row.STATE] >> 1
    # release; pairs with the exchange in redeem(), carries the asker.
    atomics.store_release(t.question, line + question_row.STATE, (life << 1) | WAITING)
    return question_ref(row, life)


@kernel
def keep_timer(t: Tables, question: int, timer: int) -> None:
    """Note the timer of a question that only the timer knows yet."""
    row = (FIRST - question) & ROW_MASK
    atomics.store_relaxed(t.question, row * LINE + question_row.TIMER, timer)


@optional_kernel("has_questions")
def redeem(t: Tables, worker: int, question: int, timed_out: bool) -> int:
    """The asker, for the first call; NONE for all others. Caller: as open_question."""
    if question > FIRST:
        return NONE
    asked = FIRST - question
    row = asked & ROW_MASK
    life = asked >> ROW_BITS
    if row >= t.questions:
        return NONE
    line = row * LINE
    waiting = (life << 1) | WAITING
    after = (life + 1) << 1
    # acq_rel; only one of reply and timer finds WAITING; acquire carries the asker.
    if not atomics.compare_exchange(t.question, line + question_row.STATE, waiting, after):
        return NONE
    asker = t.question[line + question_row.ASKER]
    timer = atomics.load_relaxed(t.question, line + question_row.TIMER)
    if life < LAST_LIFE:
        index_pool.give(
            t.shared,
            shared_words.QUESTION_POOL,
            t.question,
            question_row.FREE_LINK,
            t.question_cache,
            worker,
            row,
        )
    # A caller that fires timers may hold the lock of this timer's row.
    if not timed_out:
        cancel_if_free(t, worker, timer)
    return asker
