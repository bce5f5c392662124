"""Claiming several slots of one mailbox at once, for the actor that runs next.

Claiming a slot is one compare-exchange, most of the cost of a message to an already
busy mailbox. A worker that keeps sending to the actor in its own LIFO slot
claims 2, 4, ... RESERVE_MOST slots with one exchange and fills them without another.
Claimed but unfilled slots delay nobody: the actor that would read them cannot run before
this worker releases it and gives the rest back.

1. begin: a message went to the actor in the LIFO slot; the next ones may be reserved.
2. put: fill the next reserved slot; with none left, claim twice as many as before.
3. give_back (the actor leaves the LIFO slot, or another one runs before it): exchange the
   tail for the first unfilled position. If others claimed beyond it, write fillers into the
   rest, which the reader skips: messages from FILLER, which is nobody's reference, for the
   incarnation before the present one, so that the reader tests for them only where it finds
   dead letters.

Positions are claimed in the order in which they are filled, so the messages of one sender
stay in order. A sender that moves to another worker and back finds no slot reserved before.
Invariant: while RESERVED_TO is a reference its actor is in the LIFO slot, and the worker has
run no other actor since the reservation began.
"""

from zbench.core.actors.refs import ONE_LIFE, slot_of_ref
from zbench.core.compile.kernel import cold_kernel, kernel
from zbench.core.mailbox import linked
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, message_slot, ring_row, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope
from zbench.core.messages.envelope import Envelope

RESERVE_MOST = 32


@kernel
def begin(t: Tables, worker: int, actor: int, to: int) -> None:
    """Note that a message to the reference ``to`` was put into this actor's ring."""
    base = worker * worker_row.WORDS
    if t.worker[base + worker_row.LIFO] == actor:
        t.worker[base + worker_row.RESERVED_TO] = to
        t.worker[base + worker_row.RESERVED_SIZE] = 1
        t.worker[base + worker_row.RESERVED_NEXT] = 0
        t.worker[base + worker_row.RESERVED_END] = 0


@kernel
def put(t: Tables, worker: int, e: Envelope) -> bool:
    """Put a message into a reserved slot; False if there is none for this reference.

    The reference needs no check: its actor has not run since ``begin`` noted it.
    """
    base = worker * worker_row.WORDS
    if t.worker[base + worker_row.RESERVED_TO] != e.to:
        return False
    if t.worker[base + worker_row.RESERVED_NEXT] == t.worker[
        base + worker_row.RESERVED_END
    ] and not _claim(t, base, e.to):
        return False
    position = t.worker[base + worker_row.RESERVED_NEXT]
    slot = linked.slot_of(t, t.worker[base + worker_row.RESERVED_RING], position)
    envelope.write(t, slot, position, e)
    t.worker[base + worker_row.RESERVED_NEXT] = (position + 1) & linked.TAIL_MASK
    return True


@cold_kernel
def _claim(t: Tables, base: int, to: int) -> bool:
    """Claim up to twice as many slots as the last time; False if there is no room."""
    # A behaviour may send to NONE, as in a reply to Python; nothing is reserved.
    if to == NONE:
        return False
    actor = slot_of_ref(to)
    # acquire; pairs with the exchange that attached the ring.
    word = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL)
    ring = linked.ring_of(word)
    tail = linked.tail_of(word)
    # acquire; pairs with the owner's release of HEAD: the slots have been read.
    head = atomics.load_acquire(t.ring, ring * LINE + ring_row.HEAD)
    room = t.ring_slots - ((tail - head) & linked.TAIL_MASK)
    size = min(min(2 * t.worker[base + worker_row.RESERVED_SIZE], RESERVE_MOST), room)
    if size < 1:
        return False
    end = (tail + size) & linked.TAIL_MASK
    # Orders nothing by itself (acq_rel all the same); the headers publish.
    claimed = linked.pack(ring, end) | (word & linked.FLAG_MASK)
    if not atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, word, claimed):
        return False
    t.worker[base + worker_row.RESERVED_RING] = ring
    t.worker[base + worker_row.RESERVED_NEXT] = tail
    t.worker[base + worker_row.RESERVED_END] = end
    t.worker[base + worker_row.RESERVED_SIZE] = size
    return True


@kernel
def give_back(t: Tables, worker: int) -> None:
    """Give back reserved slots: the actor in the LIFO slot is about to leave it."""
    base = worker * worker_row.WORDS
    if t.worker[base + worker_row.RESERVED_TO] != NONE:
        if t.worker[base + worker_row.RESERVED_NEXT] != t.worker[base + worker_row.RESERVED_END]:
            _give_back_rest(t, base)
            t.worker[base + worker_row.RESERVED_NEXT] = t.worker[base + worker_row.RESERVED_END]
        t.worker[base + worker_row.RESERVED_TO] = NONE


@cold_kernel
def _give_back_rest(t: Tables, base: int) -> None:
    """Undo the unused end of the last claim, or fill it if others claimed beyond it."""
    actor = slot_of_ref(t.worker[base + worker_row.RESERVED_TO])
    ring = t.worker[base + worker_row.RESERVED_RING]
    position = t.worker[base + worker_row.RESERVED_NEXT]
    end = t.worker[base + worker_row.RESERVED_END]
    mine = linked.pack(ring, end)
    # Orders nothing by itself; the word is ours only if nobody claimed or chained since.
    if atomics.compare_exchange(
        t.actor, actor * LINE + actor_row.MAIL, mine, linked.pack(ring, position)
    ):
        return
    before = t.actor[actor * LINE + actor_row.REF] - ONE_LIFE
    filler = envelope.enclose(before, 0, message_slot.FILLER, (0, 0, 0, 0, 0, 0))
    while position != end:
        slot = linked.slot_of(t, ring, position)
        envelope.write(t, slot, position, filler)
        position = (position + 1) & linked.TAIL_MASK
