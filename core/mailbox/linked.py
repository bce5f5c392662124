"""Mailboxes: linked rings that an actor borrows while it has mail.

After the linked rings of Morrison and Afek (LCRQ, PPoPP 2013), for one consumer, with a
single word instead of a double-width compare-exchange. An actor's MAIL word packs
{ring, tail, flags}: the place of the next message and whether the actor is idle. One
compare-exchange both claims a slot and tells the sender whether to schedule the actor.
Flags and position share a word, so there is no window between "the mailbox is empty"
and "the actor is idle" in which a message could be stranded.

1. put, actor idle: take a ring from the pool, write the message into it while no other
   thread can see it, then exchange IDLE for the ring. The winner must schedule the actor.
2. put, ring has room: claim a position, write the slot, publish it by its header.
3. put, ring full: chain a fresh ring with the message already in it (the mailbox
   spills, it never drops and never waits), then store the old ring's end for its owner.
4. read (owner): the slot's stamp says whether the message is there; if not, either the
   ring has ended and the next one follows (follow), or the mailbox is empty (retire), or
   a sender is between its claim and its header.
5. retire (owner, mailbox empty): exchange the word for IDLE (or DEAD), give the ring
   back. If that fails, a message came: continue reading.

An actor with MAIL neither IDLE nor DEAD is scheduled or running, by exactly one worker.
Positions count messages through a ring for its whole life, so a stamp left over from
an earlier lap or tenant never looks current.

Invariant: 0 <= tail - head <= ring_slots, for every ring.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import actor_row, message_slot, ring_row, shared_words
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope, outcomes
from zbench.core.messages.envelope import Envelope

ACTIVE = 0
IDLE = 1
DEAD = 2
CLOSED = IDLE | DEAD
SIGNAL = 4  # the owner has more than messages to handle (core.lifecycle.commands)
SUSPENDED = 8  # not scheduled, though there may be mail; a signal schedules it
FLAG_BITS = 4
FLAG_MASK = (1 << FLAG_BITS) - 1
TAIL_MASK = ring_row.POSITIONS
TAIL_BITS = TAIL_MASK.bit_length()
TAIL_FIELD = TAIL_MASK << FLAG_BITS
TAIL_ONE = 1 << FLAG_BITS
RING_SHIFT = FLAG_BITS + TAIL_BITS
NO_RING = 0  # with has_signals: the ring of an actor woken by a signal alone
EMPTY = 0  # MAIL word of such an actor, without its flags


AHEAD = 4  # slots fetched before they are written

MORE = 0
LAST = 1  # no ring follows the one being read


@kernel
def pack(ring: int, tail: int) -> int:
    """MAIL word of an actor with mail."""
    return (ring << RING_SHIFT) | ((tail & TAIL_MASK) << FLAG_BITS)


@kernel
def ring_of(word: int) -> int:
    """Ring that takes the next message."""
    return word >> RING_SHIFT


@kernel
def tail_of(word: int) -> int:
    """Position that the next message claims."""
    return (word >> FLAG_BITS) & TAIL_MASK


@kernel
def after_claim(word: int) -> int:
    """The word with its tail advanced by one; the tail wraps within its field."""
    return (word & ~TAIL_FIELD) | ((word + TAIL_ONE) & TAIL_FIELD)


@kernel
def slot_of(t: Tables, ring: int, position: int) -> int:
    """Index in ``message`` of the slot at a position of a ring."""
    return (ring * t.ring_slots + (position & (t.ring_slots - 1))) * envelope.message_words(t)


@kernel
def put(t: Tables, worker: int, actor: int, e: Envelope) -> int:
    """Put a message into an actor's mailbox; its outcome (core.messages.outcomes).

    ``actor`` is the receiver's slot, as in the envelope. The caller passes it on: if it is
    computed here again, the compiler forms the row's address twice (2 ns of 22 in ping-pong).
    Caller: the thread that owns row ``worker``.
    Order: the header's release store, or the compare-exchange that attaches a ring,
    publishes the message.
    """
    mail = actor * LINE + actor_row.MAIL
    while True:
        # acquire; pairs with the owner's compare_exchange in retire().
        word = atomics.load_acquire(t.actor, mail)
        if word & CLOSED == ACTIVE:
            ring = ring_of(word)
            tail = tail_of(word)
            # acquire; pairs with the owner's release of HEAD: the slot has been read.
            head = atomics.load_acquire(t.ring, ring * LINE + ring_row.HEAD)
            if ((tail - head) & TAIL_MASK) < t.ring_slots:
                # Orders nothing by itself (acq_rel all the same); the header publishes.
                if t.workers > 1:
                    # The reader used this line last; fetch it while the exchange waits.
                    atomics.prefetch_write(t.message, slot_of(t, ring, tail + AHEAD))
                if atomics.compare_exchange(t.actor, mail, word, after_claim(word)):
                    envelope.write(t, slot_of(t, ring, tail), tail, e)
                    return outcomes.DELIVERED
                continue
        elif word & DEAD:
            return outcomes.NOBODY
        outcome = _attach(t, worker, actor, word, e)
        if outcome >= 0:
            return outcome


@kernel
def _attach(t: Tables, worker: int, actor: int, word: int, e: Envelope) -> int:
    """Give the actor a ring with the message in it; NONE if the word changed meanwhile."""
    ring = index_pool.take(
        t.shared, shared_words.RING_POOL, t.ring, ring_row.FREE_LINK, t.ring_cache, worker, t.rings
    )
    if ring == NONE:
        return outcomes.REFUSED
    position = t.ring[ring * LINE + ring_row.HEAD]
    envelope.write(t, slot_of(t, ring, position), position, e)
    attached = pack(ring, position + 1) | (word & (SIGNAL | SUSPENDED))
    # acq_rel; release publishes the ring to later senders, acquire takes over the actor's
    # row from the owner that retired.
    if not atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, word, attached):
        index_pool.give(
            t.shared, shared_words.RING_POOL, t.ring, ring_row.FREE_LINK, t.ring_cache, worker, ring
        )
        return NONE
    if word & IDLE:
        t.actor[actor * LINE + actor_row.READING] = ring
        return outcomes.WOKEN
    if len(t.has_signals) > 0 and ring_of(word) == NO_RING:
        # release; pairs with the acquire load in attached(), carries the ring.
        atomics.store_release(t.actor, actor * LINE + actor_row.ATTACHED, ring)
        return outcomes.DELIVERED
    # release; pairs with the acquire load in follow(): the old ring ends here.
    end = tail_of(word)
    atomics.store_release(
        t.ring, ring_of(word) * LINE + ring_row.NEXT, ((ring + 1) << TAIL_BITS) | end
    )
    return outcomes.SPILLED


@kernel
def signal(t: Tables, actor: int) -> int:
    """Raise the actor's signal, which its owner handles before the next message.

    Returns WOKEN if the caller must schedule the actor, DELIVERED if its owner will see
    the signal, REPEATED if one was raised already, NOBODY if the actor has ended.
    """
    while True:
        # acquire; pairs with the owner's exchanges in retire(), suspend(), clear_signal().
        word = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL)
        if word & DEAD:
            return outcomes.NOBODY
        raised = SIGNAL if word & IDLE else (word & ~SUSPENDED) | SIGNAL
        # acq_rel even where nothing changes; release carries the data it announces.
        if atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, word, raised):
            if word & IDLE:
                t.actor[actor * LINE + actor_row.READING] = NO_RING
            if word & (IDLE | SUSPENDED):
                return outcomes.WOKEN
            return outcomes.REPEATED if word & SIGNAL else outcomes.DELIVERED


@kernel
def attached(t: Tables, actor: int) -> int:
    """Ring given since to an actor that a signal alone woke, or NO_RING. Caller: the owner."""
    # acquire; pairs with the release store in _attach().
    ring = atomics.load_acquire(t.actor, actor * LINE + actor_row.ATTACHED)
    if ring != NO_RING:
        atomics.store_relaxed(t.actor, actor * LINE + actor_row.ATTACHED, NO_RING)
        t.actor[actor * LINE + actor_row.READING] = ring
    return ring


@kernel
def clear_signal(t: Tables, actor: int) -> bool:
    """Clear the signal; False if none was raised. Caller: the owner."""
    # acquire; pairs with the exchange in signal(), carries the data it announces.
    word = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL)
    if word & SIGNAL == 0:
        return False
    while not atomics.compare_exchange(
        t.actor, actor * LINE + actor_row.MAIL, word, word & ~SIGNAL
    ):
        word = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL)
    return True


@kernel
def suspend(t: Tables, actor: int) -> bool:
    """Suspend the actor until the next signal; False if one is raised. Caller: the owner."""
    while True:
        word = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL)
        if word & SIGNAL:
            return False
        # acq_rel; release hands the actor's row to the next worker that runs it.
        if atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, word, word | SUSPENDED):
            return True


@kernel
def is_published(t: Tables, slot: int, position: int) -> bool:
    """Whether the message of that position is in its slot. Caller: the owner."""
    # acquire; pairs with the release store in envelope.write(), carries the message.
    stamp = atomics.load_acquire(t.message, slot + message_slot.HEADER) >> envelope.STAMP_SHIFT
    return stamp == (position + 1) & envelope.STAMP_MASK


@kernel
def follow(t: Tables, worker: int, actor: int, position: int) -> int:
    """Move on to the next ring if the one being read ends at position.

    Returns MORE after moving, else LAST: there is nothing to read, although the mailbox
    may not be empty. Caller: the owner.
    """
    ring = t.actor[actor * LINE + actor_row.READING]
    # acquire; pairs with the release store in _attach().
    link = atomics.load_acquire(t.ring, ring * LINE + ring_row.NEXT)
    if link == 0 or (link & TAIL_MASK) != position:
        return LAST
    t.actor[actor * LINE + actor_row.READING] = (link >> TAIL_BITS) - 1
    t.ring[ring * LINE + ring_row.NEXT] = 0
    _release(t, worker, ring, position)
    return MORE


@kernel
def retire(t: Tables, worker: int, actor: int, position: int, flag: int) -> bool:
    """Mark an empty mailbox IDLE or DEAD and give its ring back.

    False if mail came, or a sender is between its claim and its header: run again.
    Caller: the owner; after True it no longer owns the actor.
    """
    ring = t.actor[actor * LINE + actor_row.READING]
    expected = pack(ring, position)
    if len(t.has_signals) > 0 and ring == NO_RING:
        expected = EMPTY
    # acq_rel; release hands the actor's row to the thread that wakes it next.
    if not atomics.compare_exchange(t.actor, actor * LINE + actor_row.MAIL, expected, flag):
        return False
    if len(t.has_signals) == 0 or ring != NO_RING:
        _release(t, worker, ring, position)
    return True


@kernel
def _release(t: Tables, worker: int, ring: int, position: int) -> None:
    """Give back a ring that has been read to its end and has no successor."""
    # relaxed: nobody can claim in this ring before it is attached again.
    atomics.store_relaxed(t.ring, ring * LINE + ring_row.HEAD, position & TAIL_MASK)
    index_pool.give(
        t.shared, shared_words.RING_POOL, t.ring, ring_row.FREE_LINK, t.ring_cache, worker, ring
    )
