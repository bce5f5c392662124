"""Questions between actors: a row each, redeemed once, by a reply or by time.

The sender of a question is a reference that no actor has, as in core.delivery.ask_host: FIRST -
{life, row}. A message to it finds no living actor, and only there ``send.to_nobody``
looks for a row, so questions cost other messages nothing.

1. ask: take a row, write who asks, release {life, WAITING}; set a timer for a message of
   the late kind to the question's reference, from itself; then send the question.
2. redeem (a reply, or the timer's message): exchange WAITING for the next life. Whoever
   succeeds holds the row: it reads who asked, gives the row back, and its message goes on
   to the asker, with the question's reference as its sender.
3. What comes second finds the next life. A reply is then a dead letter; the timer's
   message has nothing left to do.

A reply cancels the timer, if its row of timers can be had at once; else the timer finds
step 3. A timer that fires before its reference is written into the row of the question
leaves it to be written into the row's next life, whose reply then cancels nothing: that
timer finds step 3 too.
"""

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import question_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.timers import cancel_if_free

FREE = 0
WAITING = 1
ROW_BITS = 24
LIFE_MASK = (1 << 30) - 1
FIRST = -(1 << 40)  # far below the references of core.delivery.ask_host


@kernel
def question_ref(row: int, life: int) -> int:
    """The sender of a question."""
    return FIRST - ((life << ROW_BITS) | row)


@kernel
def open_question(t: Tables, worker: int, asker: int) -> int:
    """A reference to be replied to, or NONE. Caller: the owner of row ``worker``."""
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
    """Note the timer of a question that nobody but the timer knows of yet."""
    row = (FIRST - question) & ((1 << ROW_BITS) - 1)
    atomics.store_relaxed(t.question, row * LINE + question_row.TIMER, timer)


@optional_kernel("has_questions")
def redeem(t: Tables, worker: int, question: int, timed_out: bool) -> int:
    """Who asked, for the first that comes; NONE to all others. Caller: as open_question."""
    asked = FIRST - question
    row = asked & ((1 << ROW_BITS) - 1)
    life = asked >> ROW_BITS
    if asked < 0 or life > LIFE_MASK or row >= t.questions:
        return NONE
    line = row * LINE
    waiting = (life << 1) | WAITING
    after = ((life + 1) & LIFE_MASK) << 1
    # acq_rel; of a reply and the timer one finds WAITING; acquire carries the asker.
    if not atomics.compare_exchange(t.question, line + question_row.STATE, waiting, after):
        return NONE
    asker = t.question[line + question_row.ASKER]
    timer = atomics.load_relaxed(t.question, line + question_row.TIMER)
    index_pool.give(
        t.shared,
        shared_words.QUESTION_POOL,
        t.question,
        question_row.FREE_LINK,
        t.question_cache,
        worker,
        row,
    )
    # The caller may be firing timers, with the row of this one locked.
    if not timed_out:
        cancel_if_free(t, worker, timer)
    return asker
