"""The worker's loop: take an actor, let it handle a batch of messages, again.

This source is compiled once for each set of behaviours: ``dispatch`` is the name that
core.program replaces with the specialised or the table form.
"""

from zbench.core import atomics as at
from zbench.core import deque, faults, mailbox, scheduler
from zbench.core.context import Context, count
from zbench.core.dispatch import dispatch, enter
from zbench.core.kernel import cached_kernel, kernel
from zbench.core.layout import (
    ACTOR_LINK,
    ACTOR_POOL,
    BATCH,
    BEHAVIOUR,
    DEAD_LETTERS,
    FILLER,
    GENERATION,
    HEAD,
    HEADER,
    LIFO,
    LINE,
    NONE,
    PROCESSED,
    READING,
    RUNS,
    SENDER,
    STOP,
    STOPPING,
    TABLES_AT,
    WORKER_WORDS,
    Tables,
)
from zbench.core.pool import give

PUBLISH_MASK = 15  # HEAD is published every 16 messages: each store costs senders a miss
LINGER = 8  # looks at an empty mailbox before the actor goes idle, where nothing else waits
LINGER_PAUSES = 64  # between two looks: a reader at the writer's heels slows both

IDLED = 0
AGAIN = 1  # the actor has mail left, or may have


@kernel
def run_actor(t: Tables, worker: int, actor: int) -> int:
    """Let an actor handle up to BATCH messages. Caller: the worker that took it."""
    base = worker * WORKER_WORDS
    behaviour = t.actor[actor * LINE + BEHAVIOUR]
    generation = t.actor[actor * LINE + GENERATION] & mailbox.GENERATION_MASK
    ring = t.actor[actor * LINE + READING]
    # Only the owner writes HEAD.
    position = t.ring[ring * LINE + HEAD]
    handled = 0
    dead = 0
    looks = 0
    outcome = AGAIN
    while handled + dead < BATCH:
        slot = mailbox.slot_of(t, ring, position)
        if not mailbox.is_published(t, slot, position):
            if mailbox.follow(t, worker, actor, position) == mailbox.MORE:
                ring = t.actor[actor * LINE + READING]
                position = t.ring[ring * LINE + HEAD]
                continue
            if looks < LINGER and handled > 0 and _nothing_else(t, worker):
                looks += 1
                for _ in range(LINGER_PAUSES):
                    at.pause()
                continue
            # What was handled counts before the actor is anybody else's.
            count(t, worker, PROCESSED, handled)
            count(t, worker, DEAD_LETTERS, dead)
            handled = 0
            dead = 0
            if _retire(t, worker, actor, position):
                outcome = IDLED
            break
        looks = 0
        if mailbox.generation_of(t.message[slot + HEADER]) != generation:
            dead += t.message[slot + SENDER] != FILLER
        else:
            handled += 1
            fault = _handle(t, worker, actor, behaviour, slot)
            if fault != 0:
                faults.note(t, worker, actor, behaviour, fault)
                t.worker[base + STOPPING] = 1
            if t.worker[base + STOPPING] != 0:
                t.worker[base + STOPPING] = 0
                generation = NONE
                _end(t, actor)
        position = (position + 1) & mailbox.TAIL_MASK
        if position & PUBLISH_MASK == 0:
            # release; pairs with the acquire load in mailbox.put(): slots have been read.
            at.store_release(t.ring, ring * LINE + HEAD, position)
    count(t, worker, PROCESSED, handled)
    count(t, worker, DEAD_LETTERS, dead)
    if outcome == AGAIN:
        at.store_release(t.ring, ring * LINE + HEAD, position)
    return outcome


@kernel
def _handle(t: Tables, worker: int, actor: int, behaviour: int, slot: int) -> int:
    """Call the behaviour; 0, or what it raised (core.faults)."""
    words = t.state_words
    state = t.state[actor * words : (actor + 1) * words]
    message = t.message[slot : slot + LINE]
    return dispatch(behaviour, Context(t, worker, actor, slot), state, message)


@kernel
def _end(t: Tables, actor: int) -> None:
    """From now on every reference to the actor is out of date."""
    line = actor * LINE
    t.actor[line + BEHAVIOUR] = NONE
    at.store_release(t.actor, line + GENERATION, t.actor[line + GENERATION] + 1)


@kernel
def _retire(t: Tables, worker: int, actor: int, position: int) -> bool:
    """Leave an actor whose mailbox is empty; False if mail came. A stopped one ends."""
    if t.actor[actor * LINE + BEHAVIOUR] != NONE:
        return mailbox.retire(t, worker, actor, position, mailbox.IDLE)
    if not mailbox.retire(t, worker, actor, position, mailbox.DEAD):
        return False
    give(t.shared, ACTOR_POOL, t.actor, ACTOR_LINK, t.actor_cache, worker, actor)
    return True


@kernel
def _nothing_else(t: Tables, worker: int) -> bool:
    """Whether this worker would only look for work to steal."""
    if t.workers == 1 or t.worker[worker * WORKER_WORDS + LIFO] != NONE:
        return False
    return deque.size(t.ends, worker) == 0


@cached_kernel
def worker_loop(t: Tables, worker: int) -> None:
    """Run actors until the system stops. Caller: the thread of that worker."""
    t.worker[worker * WORKER_WORDS + TABLES_AT] = enter(t)
    while at.load_relaxed(t.shared, STOP) == 0:
        actor = scheduler.next_actor(t, worker)
        if actor < 0:
            actor = scheduler.find_work(t, worker)
        if actor >= 0:
            count(t, worker, RUNS, 1)
            if run_actor(t, worker, actor) == AGAIN:
                scheduler.share(t, worker, actor)
