"""Events of actors and messages, written by workers and read by Python.

Each row of ``event`` is a ring with one writer (the worker, or for the last row the thread
that holds the system's lock) and one reader (the thread of core.events.bus), after Lamport's
ring with each end's copy of the other's position, as core.queues.spsc.

1. emit (writer): fill the slot at the tail, then publish it by moving the tail. A full
   ring drops the event and counts it; the writer never waits.
2. drain (reader): copy the slots from head to tail, then free them by moving the head.

An event's number counts the events of its row, dropped ones too, so a gap in the numbers
shows how many are missing, and where.

Invariant: 0 <= tail - head <= event_slots, and tail + dropped events were emitted.

All of it is behind ``if len(t.has_events) > 0``: compiled away where events are off.
"""

from zbench.core.actors import ending_reasons
from zbench.core.actors.kinship import parent_ref
from zbench.core.actors.refs import ONE_LIFE, generation_of_ref, tenant
from zbench.core.compile.kernel import cached_kernel, kernel, optional_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, event_row, family_row, message_slot
from zbench.core.memory.layout.lines import LINE, Words
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope
from zbench.core.messages.envelope import kind_of

# Words of an event.
KIND = 0
TIME = 1  # ns of CLOCK_MONOTONIC
ACTOR = 2  # ref: the actor concerned, or the sender
OTHER = 3  # ref: parent or receiver
DETAIL = 4
MORE = 5
NUMBER = 6  # of the event in its row
ROW = 7

# Kinds, with the content of DETAIL and MORE.
CREATED = 0  # behaviour
DESTROYED = 1  # ending reason
RESTARTED = 2  # behaviour, restarts in the present window
SENT = 3  # kind of the message, number of messages it stands for
DEAD_LETTER = 4  # kind of the message or STOP_REQUEST, one of the reasons below


# Reasons why a message became a dead letter.
NO_ACTOR = 0  # the reference was out of date, or no actor's
UNREAD = 1  # the receiver ended before it read the message
NO_ROOM = 2  # no ring was free, or a bounded mailbox was full
STOP_REQUEST = -1  # kind of a poison message


@kernel
def row_base(row: int, slots: int) -> int:
    """First word of a row's ring in ``event``."""
    return row * (event_row.ENDS_WORDS + slots * event_row.SLOT_WORDS)


@optional_kernel("has_events")
def emit(t: Tables, worker: int, kind: int, actor: int, other: int, detail: int, more: int) -> None:
    """Write an event, or count it as dropped. Caller: the owner of row ``worker``."""
    _write(t.event, t.event_slots, worker, (kind, actor, other, detail, more))


@kernel
def _write(event: Words, slots: int, row: int, what: tuple[int, int, int, int, int]) -> None:
    """Step 1 of the protocol; an event is rare, and its code is used in many places."""
    base = row_base(row, slots)
    # relaxed, here and for DROPPED: only this thread writes them.
    tail = atomics.load_relaxed(event, base + event_row.TAIL)
    dropped = atomics.load_relaxed(event, base + event_row.DROPPED)
    if tail - event[base + event_row.HEAD_SEEN] == slots:
        # acquire; pairs with the release store in drain(): the slots have been read.
        event[base + event_row.HEAD_SEEN] = atomics.load_acquire(event, base + event_row.HEAD)
        if tail - event[base + event_row.HEAD_SEEN] == slots:
            # relaxed: a counter that others only read.
            atomics.store_relaxed(event, base + event_row.DROPPED, dropped + 1)
            return
    slot = base + event_row.ENDS_WORDS + (tail & (slots - 1)) * event_row.SLOT_WORDS
    kind, actor, other, detail, more = what
    event[slot + KIND] = kind
    event[slot + TIME] = atomics.clock_ns()
    event[slot + ACTOR] = actor
    event[slot + OTHER] = other
    event[slot + DETAIL] = detail
    event[slot + MORE] = more
    event[slot + NUMBER] = tail + dropped
    event[slot + ROW] = row
    # release; pairs with the acquire load in drain(), carries the event.
    atomics.store_release(event, base + event_row.TAIL, tail + 1)


@cached_kernel
def drain(event: Words, rows: int, slots: int, most: int, out: Words) -> int:
    """Take up to ``most`` events of each row, oldest first; the number taken.

    Args:
        event: the table; the caller is its only reader.
        rows: number of rows of the table.
        slots: events a row holds, a power of two.
        most: a limit, so that a busy row does not shut out the others.
        out: room for rows * most events of SLOT_WORDS int64 words, row by row.
    """
    taken = 0
    for row in range(rows):
        base = row_base(row, slots)
        # relaxed: only this thread writes HEAD.
        head = atomics.load_relaxed(event, base + event_row.HEAD)
        # acquire; pairs with the release store in _write(), carries the events.
        tail = atomics.load_acquire(event, base + event_row.TAIL)
        end = min(tail, head + most)
        for position in range(head, end):
            slot = base + event_row.ENDS_WORDS + (position & (slots - 1)) * event_row.SLOT_WORDS
            for word in range(event_row.SLOT_WORDS):
                out[taken * event_row.SLOT_WORDS + word] = event[slot + word]
            taken += 1
        if end != head:
            # release; pairs with the acquire load in _write(): the slots have been read.
            atomics.store_release(event, base + event_row.HEAD, end)
    return taken


@kernel
def is_guardian(t: Tables, actor: int) -> bool:
    """Whether a slot is the guardian's, for which no event is emitted."""
    return len(t.supervised) > 0 and actor == actor_row.GUARDIAN_SLOT


@optional_kernel("has_events")
def created(t: Tables, worker: int, actor: int, me: int) -> None:
    """Emit the creation of the actor ``me``. Caller: the thread about to publish it."""
    if not is_guardian(t, actor):
        behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
        emit(t, worker, CREATED, me, parent_ref(t, actor), behaviour, 0)


@optional_kernel("has_ending_reasons")
def note_ending(t: Tables, actor: int, reason: int) -> None:
    """Note the ending reason of an actor; the first one stays. Caller: the owner."""
    if t.ending_reason[actor] == ending_reasons.UNKNOWN:
        t.ending_reason[actor] = reason


@optional_kernel("has_events")
def destroyed(t: Tables, worker: int, actor: int) -> None:
    """Emit the end of an actor whose reference is still valid. Caller: the owner."""
    if not is_guardian(t, actor):
        emit(
            t, worker, DESTROYED, tenant(t, actor), parent_ref(t, actor), t.ending_reason[actor], 0
        )


@optional_kernel("has_events")
def restarted(t: Tables, worker: int, actor: int) -> None:
    """Emit a restart. Caller: the owner."""
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    restarts = t.family[actor * family_row.WORDS + family_row.RESTARTS]
    emit(t, worker, RESTARTED, tenant(t, actor), parent_ref(t, actor), behaviour, restarts)


@kernel
def sample(t: Tables, worker: int, sender: int, to: int, kind: int) -> None:
    """Emit every ``event_sample``-th message of a worker. Caller: the owner of row ``worker``."""
    unsampled = row_base(worker, t.event_slots) + event_row.UNSAMPLED
    t.event[unsampled] += 1
    if t.event[unsampled] >= t.event_sample:
        t.event[unsampled] = 0
        emit(t, worker, SENT, sender, to, kind & envelope.KIND_MASK, t.event_sample)


@optional_kernel("has_events")
def unread(t: Tables, worker: int, actor: int, slot: int) -> None:
    """Emit the dead letter that a receiver left unread. Caller: the slot's owner."""
    head = t.message[slot + message_slot.HEADER]
    sender = t.message[slot + message_slot.SENDER]
    kind = kind_of(head)
    # The header has the low bits of a generation, the present or an earlier one.
    now = tenant(t, actor)
    lives = (generation_of_ref(now) - envelope.generation_of(head)) & envelope.GENERATION_MASK
    to = now - lives * ONE_LIFE
    if sender == message_slot.POISON:
        to = t.message[slot + message_slot.DATA]
        sender = message_slot.NO_SENDER
        kind = STOP_REQUEST
    emit(t, worker, DEAD_LETTER, sender, to, kind, UNREAD)
