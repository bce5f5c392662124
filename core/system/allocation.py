"""Allocation of the tables of an empty system, topic by topic. A size of 0: option off."""

from typing import Any, NamedTuple

from zbench.core.actors.refs import VACANT
from zbench.core.memory.index_pool import CACHE_WORDS
from zbench.core.memory.layout import (
    actor_row,
    behaviour_row,
    bounded_row,
    event_row,
    family_row,
    fault_row,
    mailbox_row,
    message_slot,
    ring_row,
    router_row,
    shared_words,
    timer_row,
    worker_row,
)
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words
from zbench.core.memory.tables import Tables, aligned, with_descriptor
from zbench.core.queues import chase_lev
from zbench.core.scheduler.placement import NO_TABLES, Placement
from zbench.core.scheduler.policies.load_balanced import LOAD_WORDS

# Offsets, in words, of the tables that share one piece of memory with the descriptor. The
# memory of unused rows is never touched.
MOST_ROWS = 258  # 256 workers and Python's threads; even, so that tables start on pairs
DESCRIPTOR_WORDS = 16 * PAIR
SHARED_AT = DESCRIPTOR_WORDS
WORKER_AT = SHARED_AT + shared_words.WORDS
ACTOR_CACHE_AT = WORKER_AT + MOST_ROWS * worker_row.WORDS
RING_CACHE_AT = ACTOR_CACHE_AT + MOST_ROWS * CACHE_WORDS


class TableSizes(NamedTuple):
    """Sizes of a system's tables; numbers of slots are powers of two; 0: option off.

    ``blocks`` and ``routes`` are the tables of a block pool and of a directory, or ();
    ``bounded`` is the option ``Tables.has_bounded``, and ``bounded_words`` the words of all
    bounded mailboxes together.
    """

    workers: int
    actors: int
    rings: int
    ring_slots: int
    state_words: int
    supervised: bool = False
    timers: int = 0
    asks: int = 0
    blocks: Any = ()
    routes: Any = ()
    routers: int = 0
    routees: int = 0
    event_slots: int = 0
    event_sample: int = 0
    placement: Placement = NO_TABLES
    batch_ticks: int = 0
    batch_hooks: bool = False
    stash_room: int = 0
    system_room: int = 0
    watches: int = 0
    questions: int = 0
    bounded: tuple[int, ...] = ()
    bounded_words: int = 0
    levels: int = 0
    wide: bool = False
    backpressure: bool = False


def new_tables(**sizes: Any) -> Tables:
    """Allocate the tables of an empty system; the arguments are those of ``TableSizes``."""
    s = TableSizes(**sizes)
    rows = s.workers + 1
    near = aligned(
        DESCRIPTOR_WORDS + shared_words.WORDS + MOST_ROWS * (worker_row.WORDS + 2 * CACHE_WORDS)
    )
    tables = Tables(
        **_workers(near, s.workers, s.actors),
        **_actors(s),
        **_messages(s),
        **_timers(rows, s.timers),
        **_events(rows, s),
        **_aside(rows, s),
        **_questions(rows, s),
        **_watches(rows, s.actors, s.watches),
        **_bounded(s),
        **_routers(s.routers, s.routees),
        **_placement(s.workers, s.actors, s.placement),
        has_signals=_on(s.supervised or s.system_room or s.bounded),
        ending_reason=aligned(s.actors if s.event_slots or s.watches else 0),
        has_ending_reasons=_on(s.event_slots or s.watches),
        blocks=s.blocks,
        routes=s.routes,
        has_batch_target=_on(s.batch_ticks),
        batch_ticks=s.batch_ticks,
        has_batch_hooks=_on(s.batch_hooks),
        ring=aligned(s.rings * LINE),
        ring_slots=s.ring_slots,
        rings=s.rings,
        has_backpressure=_on(s.backpressure),
    )
    _begin(tables)
    return with_descriptor(tables, near[:DESCRIPTOR_WORDS])


def _on(wanted: object) -> tuple[int, ...]:
    """An option of the tables: (1,) for on, () for off."""
    return (1,) if wanted else ()


def _workers(near: Words, workers: int, actors: int) -> dict[str, Any]:
    """Words that workers share, their rows, queues and caches."""
    rows = workers + 1
    return {
        "shared": near[SHARED_AT : SHARED_AT + shared_words.WORDS],
        "worker": near[WORKER_AT : WORKER_AT + rows * worker_row.WORDS],
        "actor_cache": near[ACTOR_CACHE_AT : ACTOR_CACHE_AT + rows * CACHE_WORDS],
        "ring_cache": near[RING_CACHE_AT : RING_CACHE_AT + rows * CACHE_WORDS],
        "ends": aligned(workers * chase_lev.ENDS_WORDS),
        "items": aligned(workers * actors),
        "inject": aligned(actors * 2),
        "fault": aligned(rows * fault_row.KEPT * fault_row.WORDS),
        "code": aligned(behaviour_row.CODE_WORDS),
        "workers": workers,
    }


def _actors(s: TableSizes) -> dict[str, Any]:
    """Rows of actors and of their families, and the policies of their behaviours."""
    family, birth, policies = 0, 0, 0
    if s.supervised:
        family, birth = s.actors * family_row.WORDS, s.actors * s.state_words
        policies = (behaviour_row.MOST_BEHAVIOURS + 1) * behaviour_row.POLICY_WORDS
    return {
        "actor": aligned(s.actors * LINE),
        "state": aligned(s.actors * s.state_words),
        "family": aligned(family),
        "birth": aligned(birth),
        "policy": aligned(policies),
        "supervised": _on(s.supervised),
        "actors": s.actors,
        "slot_mask": s.actors - 1,
        "state_words": s.state_words,
    }


def _messages(s: TableSizes) -> dict[str, Any]:
    """Slots of messages: first those of rings, then detached ones, then bounded mailboxes."""
    message_words = PAIR if s.wide else LINE
    detached_base = s.rings * s.ring_slots * message_words
    detached = (s.stash_room + s.system_room) * message_words
    return {
        "message": aligned(detached_base + detached + s.bounded_words),
        "detached_base": detached_base,
        "wide": _on(s.wide),
    }


def _timers(rows: int, timers: int) -> dict[str, Any]:
    return {
        "timer": aligned(timers * LINE),
        "timer_data": aligned(timers * LINE),
        "timer_heap": aligned(rows * timers * 2),
        "timer_row": aligned(rows * timer_row.HEAP_WORDS if timers else 0),
        "timer_cache": aligned(rows * CACHE_WORDS if timers else 0),
        "timers": timers,
        "has_timers": _on(timers),
    }


def _events(rows: int, s: TableSizes) -> dict[str, Any]:
    row = event_row.ENDS_WORDS + s.event_slots * event_row.SLOT_WORDS
    return {
        "event": aligned(rows * row if s.event_slots else 0),
        "has_events": (1,) * (1 + (s.event_sample > 0)) if s.event_slots else (),
        "event_slots": s.event_slots,
        "event_sample": s.event_sample,
    }


def _aside(rows: int, s: TableSizes) -> dict[str, Any]:
    """Detached messages, stashed ones and system messages, and their lists."""
    detached = s.stash_room + s.system_room
    return {
        "detached": aligned(detached * LINE),
        "aside": aligned(s.actors * LINE if detached else 0),
        "system_stack": aligned(s.actors * PAIR if s.system_room else 0),
        "stash_cache": aligned(rows * CACHE_WORDS if s.stash_room else 0),
        "system_cache": aligned(rows * CACHE_WORDS if s.system_room else 0),
        "has_stash": _on(s.stash_room),
        "has_system_messages": _on(s.system_room),
        "has_detached": _on(detached),
        "stash_room": s.stash_room,
        "detached_count": detached,
    }


def _questions(rows: int, s: TableSizes) -> dict[str, Any]:
    """Questions from Python, and those between actors."""
    return {
        "ask": aligned(s.asks * (PAIR if s.wide else LINE)),
        "has_asks": _on(s.asks),
        "question": aligned(s.questions * LINE),
        "question_cache": aligned(rows * CACHE_WORDS if s.questions else 0),
        "has_questions": _on(s.questions),
        "questions": s.questions,
    }


def _watches(rows: int, actors: int, watches: int) -> dict[str, Any]:
    return {
        "watch": aligned(watches * LINE),
        "watched": aligned(actors * LINE if watches else 0),
        "watch_cache": aligned(rows * CACHE_WORDS if watches else 0),
        "has_watches": _on(watches),
        "watches": watches,
    }


def _bounded(s: TableSizes) -> dict[str, Any]:
    """Bounded mailboxes: a row an actor, and their configurations."""
    actors = s.actors if s.bounded else 0
    behaviours = behaviour_row.MOST_BEHAVIOURS if s.bounded else 0
    return {
        "bounded": aligned(actors * bounded_row.WORDS),
        "mailbox_config": aligned(behaviours * mailbox_row.WORDS),
        "config_of": aligned(behaviours + 1 if s.bounded else 0),
        "kind_level": aligned(s.levels * mailbox_row.LEVEL_WORDS),
        "has_bounded": s.bounded,
    }


def _routers(routers: int, routees: int) -> dict[str, Any]:
    return {
        "router": aligned(routers * router_row.WORDS),
        "routee": aligned(2 * routees * (1 + router_row.POINTS) if routers else 0),
        "has_routers": _on(routers),
    }


def _placement(workers: int, actors: int, placement: Placement) -> dict[str, Any]:
    """Tables of the scheduler policies other than work stealing."""
    return {
        "scheduler_policy": (1,) * placement.policy,
        "shared_queue": aligned(placement.shared_queues * actors * 2),
        "shared_queue_ends": aligned(placement.shared_queues * chase_lev.ENDS_WORDS),
        "behaviour_level": aligned(
            behaviour_row.MOST_BEHAVIOURS + 1 if placement.per_behaviour else 0
        ),
        "placement": aligned(actors if placement.per_actor else 0),
        "numa_node": aligned(workers if placement.policy else 0),
        "worker_load": aligned(workers * LOAD_WORDS if placement.per_worker else 0),
        "shared_queues": placement.shared_queues,
        "dedicated": placement.dedicated,
        "heavy_ticks": placement.heavy_ticks,
    }


def _begin(tables: Tables) -> None:
    """Write the words that do not start as 0."""
    tables.shared[[shared_words.BATCH_SET, shared_words.STEAL_MOST_SET, shared_words.SPINS_SET]] = (
        shared_words.BATCH,
        shared_words.STEAL_MOST,
        shared_words.SPINS,
    )
    tables.shared[shared_words.SYSTEM_FRESH] = tables.stash_room
    tables.timer_row[timer_row.DUE :: timer_row.HEAP_WORDS] = timer_row.NEVER
    tables.code[behaviour_row.COUNT] = behaviour_row.MOST_BEHAVIOURS
    # In every other row 0 is no reference to it.
    tables.actor[actor_row.REF] = VACANT
    tables.timer[timer_row.REF : timer_row.REF + 1] = VACANT
    if tables.has_signals or tables.has_batch_hooks:
        # Ring 0, always full, is the ring of an actor woken without messages. Its first
        # slot is the message of a hook.
        tables.message[message_slot.SENDER] = message_slot.NO_SENDER
        tables.shared[shared_words.RING_FRESH] = 1
        tables.ring[ring_row.HEAD] = -tables.ring_slots & ring_row.POSITIONS
    for row in range(tables.workers + 1):
        tables.worker[row * worker_row.WORDS + worker_row.LIFO] = NONE
        tables.worker[row * worker_row.WORDS + worker_row.RESERVED_TO] = NONE
        tables.worker[row * worker_row.WORDS + worker_row.RANDOM] = row + 1
        tables.worker[row * worker_row.WORDS + worker_row.BATCH_SIZE] = shared_words.BATCH
