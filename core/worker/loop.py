"""The worker's loop: take an actor, let it handle a batch of messages, repeat.

This source is compiled once for each set of behaviours: core.system.program inserts
``dispatch`` and ``hook``, in the specialised or the table form, at the marker after the imports.
"""

from zbench.core.actors import faults, kinship, stages
from zbench.core.compile.kernel import (
    INTERPRETED,
    cached_kernel,
    cold_kernel,
    kernel,
    optional_kernel,
)
from zbench.core.compile.noinline import noinline
from zbench.core.context.context import Context
from zbench.core.delivery import backpressure, bounded
from zbench.core.events import event_ring
from zbench.core.lifecycle import lifecycle
from zbench.core.mailbox import linked
from zbench.core.mailbox.bounded import by_type, lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import (
    actor_row,
    mailbox_row,
    message_slot,
    ring_row,
    shared_words,
    worker_row,
)
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import detached, envelope
from zbench.core.metrics.counters import count
from zbench.core.scheduler import batching, helping, work_stealing
from zbench.core.scheduler.policies import numa, policy
from zbench.core.worker import actor_run
from zbench.core.worker.actor_run import AGAIN, IDLED
from zbench.core.worker.dispatch import dispatch, hook
from zbench.core.worker.due_timers import fire, is_time_to_fire

# <dispatch>

PUBLISH_MASK = 15  # HEAD is published every 16 messages: each store costs senders a miss
LIFE_STEPS = 2  # runs in a row of an actor that starts, restarts or stops


@kernel
def run_actor(t: Tables, worker: int, actor: int) -> int:
    """Let an actor handle its signals, then its mail. Caller: the worker that took it."""
    outcome = AGAIN
    for _ in range(LIFE_STEPS):
        outcome = _run_once(t, worker, actor)
        if len(t.supervised) == 0 or outcome == IDLED:
            break
        # An actor that stops or restarts goes on at once: it holds a ring.
        if t.actor[actor * LINE + actor_row.STAGE] == stages.RUNNING:
            break
    return outcome


@kernel
def _run_once(t: Tables, worker: int, actor: int) -> int:
    """Handle signals and hooks, then messages."""
    attended = False
    handles = True
    outcome = AGAIN
    # An actor scheduled in any other stage than RUNNING or ENDED has its signal raised.
    if len(t.has_signals) > 0 and actor_run.has_signal(t, actor):
        attended = _prepare(t, worker, actor)
        if len(t.supervised) > 0:
            stage = t.actor[actor * LINE + actor_row.STAGE]
            handles = stage in (stages.RUNNING, stages.ENDED)
    if len(t.has_backpressure) > 0:
        # Messages from hooks and timers mute nobody.
        t.worker[worker * worker_row.WORDS + worker_row.PRESSED] = 0
        handles = handles and not backpressure.is_muted(t, actor)
    if handles and (len(t.has_bounded) == 0 or _handle_bounded(t, worker, actor) == IDLED):
        outcome = _handle_mail(t, worker, actor)
    if not handles or (
        len(t.has_backpressure) > 0 and outcome == AGAIN and backpressure.is_muted(t, actor)
    ):
        outcome = IDLED if linked.suspend(t, actor) else AGAIN
    if attended:
        count(t, worker, worker_row.SIGNALLED, 1)
    return outcome


@kernel
def _handle_mail(t: Tables, worker: int, actor: int) -> int:  # noqa: C901  the hot loop
    """Let an actor handle a batch of messages of its linked rings."""
    base = worker * worker_row.WORDS
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    generation = envelope.meant_for(t.actor[actor * LINE + actor_row.REF])
    ring = t.actor[actor * LINE + actor_row.READING]
    if len(t.has_signals) > 0 and ring == linked.NO_RING:
        ring = linked.attached(t, actor)
    # Only the owner writes HEAD.
    position = t.ring[ring * LINE + ring_row.HEAD]
    handled = 0
    dead = 0
    looks = 0
    most = batching.size(t, worker)
    outcome = AGAIN
    while handled + dead < most:
        slot = linked.slot_of(t, ring, position)
        node = NONE
        if len(t.has_detached) > 0:
            node = actor_run.next_detached(t, actor)
            if node != NONE:
                slot = detached.slot_of(t, node)
        if node == NONE and not linked.is_published(t, slot, position):
            if linked.follow(t, worker, actor, position) == linked.MORE:
                ring = t.actor[actor * LINE + actor_row.READING]
                position = t.ring[ring * LINE + ring_row.HEAD]
                continue
            if actor_run.lingers(t, worker, looks, handled):
                looks += 1
                continue
            if len(t.has_batch_hooks) > 0 and handled > 0:
                _after_batch(t, worker, actor)
            # Count the batch before another worker can own the actor.
            actor_run.count_batch(t, worker, handled, dead)
            handled = 0
            dead = 0
            if actor_run.retire(t, worker, actor, position):
                outcome = IDLED
            break
        looks = 0
        if (
            node == NONE
            and envelope.generation_of(t.message[slot + message_slot.HEADER]) != generation
        ):
            poison = actor_run.take_poison(t, worker, actor, slot)
            handled += poison
            lost = not poison and t.message[slot + message_slot.SENDER] != message_slot.FILLER
            dead += lost
            if len(t.has_events) > 0 and lost:
                event_ring.unread(t, worker, actor, slot)
        else:
            handled += 1
            _handle(t, worker, actor, behaviour, slot)
            if len(t.has_detached) > 0 and node != NONE:
                actor_run.free_detached(t, worker, actor, node)
        if t.worker[base + worker_row.WANTS] != stages.NOTHING:
            if not actor_run.apply_request(t, worker, actor):
                most = 0
            behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
            generation = envelope.meant_for(t.actor[actor * LINE + actor_row.REF])
        if len(t.has_backpressure) > 0 and actor_run.is_muted_now(t, worker, actor):
            most = 0
        if node != NONE:
            continue
        position = (position + 1) & linked.TAIL_MASK
        if position & PUBLISH_MASK == 0:
            # release; pairs with the acquire load in linked.put(): slots have been read.
            atomics.store_release(t.ring, ring * LINE + ring_row.HEAD, position)
            if len(t.has_signals) > 0 and actor_run.has_signal(t, actor):
                most = 0
    if outcome == AGAIN:
        if len(t.has_batch_hooks) > 0 and handled > 0:
            _after_batch(t, worker, actor)
        actor_run.count_batch(t, worker, handled, dead)
        atomics.store_release(t.ring, ring * LINE + ring_row.HEAD, position)
    return outcome


@optional_kernel("has_bounded")
def _handle_bounded(t: Tables, worker: int, actor: int) -> int:  # noqa: C901  as _handle_mail
    """Let an actor handle a batch of messages of its bounded mailbox; IDLED if it is empty."""
    noinline()
    config = lookup.config_of(t, actor)
    if config == 0:
        return IDLED
    row = lookup.row_of(config)
    place = lookup.place_of(t, row, actor)
    bounded.begin_read(t, actor, row, place)
    if bounded.is_poisoned(t, actor):
        by_type.close(t, row, place)
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    generation = envelope.meant_for(t.actor[actor * LINE + actor_row.REF])
    handled = 0
    dead = 0
    looks = 0
    taken = 0  # from the bounded mailbox
    most = batching.size(t, worker)
    outcome = AGAIN
    while handled + dead < most:
        node = NONE
        if len(t.has_detached) > 0:
            node = actor_run.next_detached(t, actor)
        slot = detached.slot_of(t, node) if node != NONE else by_type.front(t, row, place)
        if slot == NONE:
            if actor_run.lingers(t, worker, looks, handled):
                looks += 1
                continue
            outcome = IDLED
            break
        looks = 0
        if (
            node == NONE
            and envelope.generation_of(t.message[slot + message_slot.HEADER]) != generation
        ):
            dead += 1
            if len(t.has_events) > 0:
                event_ring.unread(t, worker, actor, slot)
        else:
            handled += 1
            _handle(t, worker, actor, behaviour, slot)
            if len(t.has_detached) > 0 and node != NONE:
                actor_run.free_detached(t, worker, actor, node)
        if node == NONE:
            taken += 1
            by_type.pop(t, row, place, slot)
        if t.worker[worker * worker_row.WORDS + worker_row.WANTS] != stages.NOTHING:
            if not actor_run.apply_request(t, worker, actor):
                most = 0
            behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
            generation = envelope.meant_for(t.actor[actor * LINE + actor_row.REF])
        if len(t.has_backpressure) > 0 and actor_run.is_muted_now(t, worker, actor):
            most = 0
    if len(t.has_batch_hooks) > 0 and handled > 0:
        _after_batch(t, worker, actor)
    if (
        len(t.has_backpressure) > 0
        and t.mailbox_config[row + mailbox_row.OVERFLOW] == lookup.SUSPEND
    ):
        backpressure.unmute_if_drained(t, worker, actor)
    if outcome == IDLED:
        outcome = actor_run.end_of_bounded(t, worker, actor, row, place)
    bounded.count_received(t, actor, taken)
    # Count the batch before another worker can own the actor.
    actor_run.count_batch(t, worker, handled, dead)
    return outcome


@kernel
def _handle(t: Tables, worker: int, actor: int, behaviour: int, slot: int) -> None:
    """Call the behaviour; a fault is noted and left in WANTS."""
    words = t.state_words
    state = t.state[actor * words : (actor + 1) * words]
    message = t.message[slot : slot + envelope.message_words(t)]
    fault = dispatch(behaviour, Context(t, worker, actor, slot), state, message)
    if fault != 0:
        faults.fail(t, worker, actor, behaviour, fault, stages.FAIL)


@cold_kernel
def _call_hook(t: Tables, worker: int, actor: int, which: int, behaviour: int) -> None:
    """Call a hook of the actor's behaviour; a fault is noted and left in WANTS."""
    words = t.state_words
    state = t.state[actor * words : (actor + 1) * words]
    # Slot 0 belongs to the ring that never holds a message: no sender, no data.
    fault = hook(which, behaviour, Context(t, worker, actor, 0), state)
    if fault != 0:
        faults.fail(t, worker, actor, behaviour, fault, stages.FAIL)


@optional_kernel("has_batch_hooks")
def _after_batch(t: Tables, worker: int, actor: int) -> None:
    """Call the hook after a batch, if the actor still handles messages and has one."""
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    if behaviour == NONE:
        return
    if len(t.supervised) > 0 and t.actor[actor * LINE + actor_row.STAGE] != stages.RUNNING:
        return
    _call_hook(t, worker, actor, stages.AFTER_BATCH, behaviour)
    if t.worker[worker * worker_row.WORDS + worker_row.WANTS] != stages.NOTHING:
        actor_run.apply_request(t, worker, actor)
    if len(t.has_backpressure) > 0:
        actor_run.is_muted_now(t, worker, actor)


@optional_kernel("has_signals")
def _prepare(t: Tables, worker: int, actor: int) -> bool:
    """Handle everything that comes before messages; whether a signal was cleared."""
    if len(t.supervised) == 0:
        return linked.clear_signal(t, actor)
    if t.actor[actor * LINE + actor_row.STAGE] != stages.RUNNING:
        _run_hooks(t, worker, actor)
    if not linked.clear_signal(t, actor):
        return False
    lifecycle.handle_child_news(t, worker, actor)
    lifecycle.apply_commands(t, worker, actor)
    _run_hooks(t, worker, actor)
    return True


@optional_kernel("supervised")
def _run_hooks(t: Tables, worker: int, actor: int) -> None:
    """Run the hooks that are due, one after the other."""
    wants = worker * worker_row.WORDS + worker_row.WANTS
    while True:
        which = lifecycle.due_hook(t, worker, actor)
        if which == stages.NO_HOOK:
            return
        behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
        if kinship.has_hook(t, behaviour, which):
            _call_hook(t, worker, actor, which, behaviour)
        asked = t.worker[wants]
        t.worker[wants] = stages.NOTHING
        lifecycle.after_hook(t, worker, actor, which, asked)


@cached_kernel
def worker_loop(t: Tables, worker: int) -> None:
    """Run actors until the system stops. Caller: the thread of that worker.

    A helping worker calls it recursively, until it finds no actor (core.scheduler.helping).
    """
    while atomics.load_relaxed(t.shared, shared_words.STOP) == 0:
        actor = work_stealing.next_actor(t, worker)
        if len(t.has_timers) > 0 and (actor < 0 or is_time_to_fire(t, worker)):
            fire(t, worker)
            if actor < 0:
                # An actor just woken by a timer; no other worker finds it while this one sleeps.
                actor = work_stealing.take_lifo(t, worker)
        if actor < 0:
            if t.worker[worker * worker_row.WORDS + worker_row.HELPING] != 0:
                return
            actor = work_stealing.find_work(t, worker)
        if actor >= 0:
            if len(t.scheduler_policy) == policy.NUMA:
                numa.note_arrival(t, worker, actor)
            timed = len(t.has_batch_target) > 0 or len(t.scheduler_policy) == policy.PREDICTIVE
            started = atomics.cycles() if timed else 0
            outcome = run_actor(t, worker, actor)
            if timed:
                actor_run.note_run(t, worker, actor, outcome, atomics.cycles() - started)
            if outcome == AGAIN:
                work_stealing.share(t, worker, actor)
        else:
            count(t, worker, worker_row.VAIN_LOOKS, 1)


if INTERPRETED:
    helping.loop[:] = [worker_loop]
