"""Steps of an actor's run other than calling its behaviour and hooks."""

from zbench.core.actors import ending_reasons, stages
from zbench.core.actors.refs import end_life
from zbench.core.compile.kernel import cold_kernel, kernel, optional_kernel
from zbench.core.delivery import backpressure, bounded, stash, system_messages
from zbench.core.events import event_ring
from zbench.core.lifecycle import commands, lifecycle, spawning, termination
from zbench.core.mailbox import linked
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, message_slot, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import detached
from zbench.core.metrics.counters import count
from zbench.core.queues import chase_lev
from zbench.core.scheduler import batching, shared_queues
from zbench.core.scheduler.policies import policy, predictive

IDLED = 0
AGAIN = 1  # the actor has mail left, or may have
LINGER = 8  # looks at an empty mailbox before the actor goes idle, if no other actor waits
LINGER_PAUSES = 64  # between two looks: a reader close behind the writer slows both


@kernel
def count_batch(t: Tables, worker: int, handled: int, dead: int) -> None:
    """Add a batch's totals to the counters; no store of a zero, which delays the next exchange."""
    count(t, worker, worker_row.PROCESSED, handled)
    if dead != 0:
        count(t, worker, worker_row.DEAD_LETTERS, dead)


@optional_kernel("has_detached", cold=False)
def next_detached(t: Tables, actor: int) -> int:
    """Detached message that comes before the messages in the rings, or NONE."""
    node = NONE
    if len(t.has_system_messages) > 0:
        node = system_messages.next_system_message(t, actor)
    if len(t.has_stash) > 0 and node == NONE:
        node = stash.next_unstashed(t, actor)
    return node


@optional_kernel("has_detached", cold=False)
def free_detached(t: Tables, worker: int, actor: int, node: int) -> None:
    """Free a detached message that was handled, unless it was stashed again."""
    if node < t.stash_room:
        stash.free_handled(t, worker, actor, node)
    else:
        detached.give(t, worker, node)


@kernel
def take_poison(t: Tables, worker: int, actor: int, slot: int) -> bool:
    """Whether a message to another generation is poison for this one; if so, request its stop."""
    if (
        t.message[slot + message_slot.SENDER] != message_slot.POISON
        or t.message[slot + message_slot.DATA] != t.actor[actor * LINE + actor_row.REF]
    ):
        return False
    if len(t.has_ending_reasons) > 0:
        event_ring.note_ending(t, actor, ending_reasons.POISONED)
    t.worker[worker * worker_row.WORDS + worker_row.WANTS] = stages.STOP_SELF
    return True


@cold_kernel
def apply_request(t: Tables, worker: int, actor: int) -> bool:
    """Carry out the request in WANTS; False if the actor's batch ends here."""
    wants = t.worker[worker * worker_row.WORDS + worker_row.WANTS]
    t.worker[worker * worker_row.WORDS + worker_row.WANTS] = stages.NOTHING
    if wants < stages.NOTHING:
        return wants == stages.CHANGED
    if len(t.supervised) > 0:
        lifecycle.handle_request(t, worker, actor, wants)
        return t.actor[actor * LINE + actor_row.STAGE] == stages.RUNNING
    line = actor * LINE
    if len(t.has_ending_reasons) > 0:
        why = ending_reasons.FAILED if wants >= stages.FAIL else ending_reasons.STOPPED
        event_ring.note_ending(t, actor, why)
    if len(t.has_events) > 0:
        event_ring.destroyed(t, worker, actor)
    t.actor[line + actor_row.BEHAVIOUR] = NONE
    atomics.store_release(t.actor, line + actor_row.REF, end_life(t.actor[line + actor_row.REF]))
    if len(t.has_detached) + len(t.has_watches) > 0:
        termination.terminate(t, worker, actor)
    count(t, worker, worker_row.STOPPED, 1)
    return True


@optional_kernel("has_bounded")
def end_of_bounded(t: Tables, worker: int, actor: int, row: int, place: int) -> int:
    """Outcome for an empty bounded mailbox: IDLED or AGAIN. The actor may end here."""
    ended = t.actor[actor * LINE + actor_row.BEHAVIOUR] == NONE
    if not ended and not bounded.is_poisoned(t, actor):
        return IDLED
    if not bounded.close_if_empty(t, row, place):
        return AGAIN  # a sender is between its claim and its header, or has just sent
    if bounded.take_poison(t, worker, actor):
        count(t, worker, worker_row.PROCESSED, 1)
        if len(t.has_ending_reasons) > 0:
            event_ring.note_ending(t, actor, ending_reasons.POISONED)
        t.worker[worker * worker_row.WORDS + worker_row.WANTS] = stages.STOP_SELF
        apply_request(t, worker, actor)
        return AGAIN
    return IDLED


@kernel
def has_signal(t: Tables, actor: int) -> bool:
    """Whether the actor has a signal, so more to handle than messages."""
    return atomics.load_relaxed(t.actor, actor * LINE + actor_row.MAIL) & linked.SIGNAL != 0


@kernel
def retire(t: Tables, worker: int, actor: int, position: int) -> bool:
    """Retire an actor whose mailbox is empty; False if mail came. A stopped actor ends here."""
    if t.actor[actor * LINE + actor_row.BEHAVIOUR] != NONE:
        return linked.retire(t, worker, actor, position, linked.IDLE)
    if not linked.retire(t, worker, actor, position, linked.DEAD):
        return False
    if len(t.supervised) > 0:
        if actor != actor_row.GUARDIAN_SLOT:
            commands.tell_parent(t, worker, actor, stages.TERMINATED)
        return True
    spawning.free(t, worker, actor)
    return True


@kernel
def lingers(t: Tables, worker: int, looks: int, handled: int) -> bool:
    """Wait a little for more mail if that is better than going idle; False: go idle."""
    if looks < LINGER and handled > 0 and has_nothing_else(t, worker):
        for _ in range(LINGER_PAUSES):
            atomics.pause()
        return True
    return False


@kernel
def has_nothing_else(t: Tables, worker: int) -> bool:
    """Whether this worker would only look for work to steal."""
    if t.workers == 1 or t.worker[worker * worker_row.WORDS + worker_row.LIFO] != NONE:
        return False
    if t.worker[worker * worker_row.WORDS + worker_row.HELPING] != 0:
        return False  # more mail comes once this run is over
    if len(t.scheduler_policy) > 0 and shared_queues.is_waiting(t):
        return False
    return chase_lev.size(t.ends, worker) == 0


@kernel
def note_run(t: Tables, worker: int, actor: int, outcome: int, ticks: int) -> None:
    """Adapt the batch size and the predictions to the duration of a run."""
    if len(t.has_batch_target) > 0:
        batching.adjust(t, worker, ticks, outcome == AGAIN)
    if len(t.scheduler_policy) == policy.PREDICTIVE:
        predictive.observe(t, actor, ticks)


@kernel
def is_muted_now(t: Tables, worker: int, actor: int) -> bool:
    """Mute the actor if its last message went to a full mailbox; whether it is muted."""
    return t.worker[worker * worker_row.WORDS + worker_row.PRESSED] != 0 and backpressure.mute(
        t, worker, actor
    )
