"""Spawning: take a slot, fill it, start its actor."""

from zbench.core.actors import ending_reasons, kinship, stages
from zbench.core.actors.refs import begin_life, is_retired
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.delivery import bounded
from zbench.core.events import event_ring
from zbench.core.mailbox import linked
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.layout import actor_row, behaviour_row, shared_words, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.metrics.counters import count
from zbench.core.scheduler import work_stealing


@kernel
def create(t: Tables, worker: int, parent: int, behaviour: int, state: tuple[int, ...]) -> int:
    """Make an idle actor; its reference, or NONE if every slot is taken.

    Caller: the owner of row ``worker`` and of ``parent`` (a slot, unused without
    supervision).
    """
    slot = claim(t, worker, behaviour)
    if slot == NONE:
        return NONE
    for k in range(len(state), t.state_words):
        t.state[slot * t.state_words + k] = 0
    for k in range(min(t.state_words, len(state))):
        t.state[slot * t.state_words + k] = state[k]
    if len(t.supervised) > 0:
        kinship.adopt(t, parent, slot)
        _keep_birth(t, slot, parent)
    return start(t, worker, slot)


@kernel
def claim(t: Tables, worker: int, behaviour: int) -> int:
    """Take a slot for an actor, or NONE; write its state before ``start``."""
    slot = index_pool.take(
        t.shared,
        shared_words.ACTOR_POOL,
        t.actor,
        actor_row.FREE_LINK,
        t.actor_cache,
        worker,
        t.actors,
    )
    if slot != NONE:
        t.actor[slot * LINE + actor_row.BEHAVIOUR] = behaviour
        if len(t.scheduler_policy) > 0 and len(t.placement) > 0:
            atomics.store_relaxed(t.placement, slot, 0)
    return slot


@kernel
def give_back(t: Tables, worker: int, slot: int) -> None:
    """Free a slot that ``claim`` took and no actor has started in."""
    t.actor[slot * LINE + actor_row.BEHAVIOUR] = NONE
    free(t, worker, slot)


@kernel
def free(t: Tables, worker: int, slot: int) -> None:
    """Let another actor have a slot, unless its generations are used up."""
    if not is_retired(t.actor[slot * LINE + actor_row.REF]):
        index_pool.give(
            t.shared,
            shared_words.ACTOR_POOL,
            t.actor,
            actor_row.FREE_LINK,
            t.actor_cache,
            worker,
            slot,
        )


@optional_kernel("supervised")
def join_family(t: Tables, slot: int, parent: int) -> None:
    """Note the parent of a new actor, which the parent has yet to adopt."""
    kinship.note_kin(t, slot, parent, 0)
    _keep_birth(t, slot, parent)


@optional_kernel("supervised", cold=False)
def _keep_birth(t: Tables, slot: int, parent: int) -> None:
    """Keep the first state of a new actor if its parent may restart it."""
    judge = kinship.first_behaviour(t, parent)
    if t.policy[judge * behaviour_row.POLICY_WORDS + behaviour_row.KEEPS_BIRTH] != 0:
        for word in range(slot * t.state_words, (slot + 1) * t.state_words):
            t.birth[word] = t.state[word]


@kernel
def start(t: Tables, worker: int, slot: int) -> int:
    """Publish an actor whose rows are filled; its reference."""
    line = slot * LINE
    ref = begin_life(t.actor[line + actor_row.REF], slot)
    if len(t.has_ending_reasons) > 0:
        t.ending_reason[slot] = ending_reasons.UNKNOWN
    if len(t.has_events) > 0:
        event_ring.created(t, worker, slot, ref)
    if len(t.has_bounded) > 0:
        bounded.begin(t, slot, t.actor[line + actor_row.BEHAVIOUR])
    if len(t.supervised) > 0 and kinship.has_hook(
        t, t.actor[line + actor_row.BEHAVIOUR], stages.PRE_START
    ):
        t.actor[line + actor_row.STAGE] = stages.STARTING
        t.actor[line + actor_row.READING] = linked.NO_RING
        count(t, worker, worker_row.SIGNALS, 1)
        # release; pairs with the acquire load in linked.put(). Awake without mail.
        atomics.store_release(t.actor, line + actor_row.MAIL, linked.EMPTY | linked.SIGNAL)
        # release; pairs with the acquire load in is_alive(). After MAIL: a message to a
        # reference that was guessed finds the actor's mailbox ready.
        atomics.store_release(t.actor, line + actor_row.REF, ref)
        work_stealing.schedule(t, worker, slot)
        return ref
    # release; pairs with the acquire load in linked.put().
    atomics.store_release(t.actor, line + actor_row.MAIL, linked.IDLE)
    # release; as above.
    atomics.store_release(t.actor, line + actor_row.REF, ref)
    if len(t.has_bounded) > 0:
        bounded.wake_if_nonempty(t, worker, slot)
    return ref
