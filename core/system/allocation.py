"""Allocating the tables of an empty system, topic by topic. Sizes of 0 are options off."""

from typing import Any

from zbench.core.memory.index_pool import CACHE_WORDS
from zbench.core.memory.layout import (
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
from zbench.core.memory.tables import Tables, aligned, recorded
from zbench.core.queues.chase_lev import ENDS_WORDS
from zbench.core.scheduler.placement import WORK_STEALING, Placement
from zbench.core.scheduler.policies.load_balanced import LOAD_WORDS

# Tables in one piece of memory with the record: where each starts, in words. Memory of rows
# that are not in use is never touched.
MOST_ROWS = 258  # 256 workers and Python's threads; even, so that tables start on pairs
RECORD_WORDS = 16 * PAIR
SHARED_AT = RECORD_WORDS
WORKER_AT = SHARED_AT + shared_words.WORDS
ACTOR_CACHE_AT = WORKER_AT + MOST_ROWS * worker_row.WORDS
RING_CACHE_AT = ACTOR_CACHE_AT + MOST_ROWS * CACHE_WORDS


def new_tables(
    *,
    workers: int,
    actors: int,
    rings: int,
    ring_slots: int,
    state_words: int,
    supervised: bool = False,
    timers: int = 0,
    asks: int = 0,
    blocks: Any = (),
    routes: Any = (),
    routers: int = 0,
    routees: int = 0,
    event_slots: int = 0,
    event_sample: int = 0,
    placement: Placement = WORK_STEALING,
    batch_ticks: int = 0,
    flushing: bool = False,
    stash_nodes: int = 0,
    urgent_nodes: int = 0,
    watches: int = 0,
    questions: int = 0,
    boxes: tuple[int, ...] = (),
    box_words: int = 0,
    levels: int = 0,
    wide: bool = False,
    muting: bool = False,
) -> Tables:
    """Allocate the tables of an empty system; sizes are powers of two, 0 is off."""
    rows = workers + 1
    near = aligned(
        RECORD_WORDS + shared_words.WORDS + MOST_ROWS * (worker_row.WORDS + 2 * CACHE_WORDS)
    )
    tables = Tables(
        **_workers(near, workers, actors),
        **_actors(actors, state_words, supervised),
        **_messages(rings * ring_slots, stash_nodes + urgent_nodes, box_words, wide),
        **_timers(rows, timers),
        **_events(rows, event_slots, event_sample),
        **_aside(rows, actors, stash_nodes, urgent_nodes),
        **_questions(rows, asks, questions, wide),
        **_watches(rows, actors, watches),
        **_boxes(actors, boxes, levels),
        **_routers(routers, routees),
        **_placement(workers, actors, placement),
        signals=_on(supervised or urgent_nodes or boxes),
        ending=aligned(actors if event_slots or watches else 0),
        endings=_on(event_slots or watches),
        blocks=blocks,
        routes=routes,
        batching=_on(batch_ticks),
        batch_ticks=batch_ticks,
        flushing=_on(flushing),
        ring=aligned(rings * LINE),
        ring_slots=ring_slots,
        rings=rings,
        muting=_on(muting),
    )
    _begin(tables)
    return recorded(tables, near[:RECORD_WORDS])


def _on(wanted: object) -> tuple[int, ...]:
    """An option, on if anything is wanted of it."""
    return (1,) if wanted else ()


def _workers(near: Words, workers: int, actors: int) -> dict[str, Any]:
    """What workers share, their rows, queues and caches."""
    rows = workers + 1
    return {
        "shared": near[SHARED_AT : SHARED_AT + shared_words.WORDS],
        "worker": near[WORKER_AT : WORKER_AT + rows * worker_row.WORDS],
        "actor_cache": near[ACTOR_CACHE_AT : ACTOR_CACHE_AT + rows * CACHE_WORDS],
        "ring_cache": near[RING_CACHE_AT : RING_CACHE_AT + rows * CACHE_WORDS],
        "ends": aligned(workers * ENDS_WORDS),
        "items": aligned(workers * actors),
        "inject": aligned(actors * 2),
        "fault": aligned(rows * fault_row.KEPT * fault_row.WORDS),
        "code": aligned(behaviour_row.MOST_BEHAVIOURS + 1),
        "workers": workers,
    }


def _actors(actors: int, state_words: int, supervised: bool) -> dict[str, Any]:
    return {
        "actor": aligned(actors * LINE),
        "state": aligned(actors * state_words),
        "family": aligned(actors * family_row.WORDS if supervised else 0),
        "birth": aligned(actors * state_words if supervised else 0),
        "policy": aligned(
            (behaviour_row.MOST_BEHAVIOURS + 1) * behaviour_row.POLICY_WORDS if supervised else 0
        ),
        "supervised": _on(supervised),
        "actors": actors,
        "state_words": state_words,
    }


def _messages(slots: int, nodes: int, box_words: int, wide: bool) -> dict[str, Any]:
    """The lines of messages: rings', nodes', boxes'."""
    message_words = PAIR if wide else LINE
    node_base = slots * message_words
    return {
        "message": aligned(node_base + nodes * message_words + box_words),
        "node_base": node_base,
        "wide": _on(wide),
    }


def _timers(rows: int, timers: int) -> dict[str, Any]:
    return {
        "timer": aligned(timers * LINE),
        "timer_data": aligned(timers * LINE),
        "timer_heap": aligned(rows * timers * 2),
        "timer_row": aligned(rows * timer_row.HEAP_WORDS if timers else 0),
        "timer_cache": aligned(rows * CACHE_WORDS if timers else 0),
        "timers": timers,
        "timing": _on(timers),
    }


def _events(rows: int, slots: int, sample: int) -> dict[str, Any]:
    return {
        "event": aligned(
            rows * (event_row.ENDS_WORDS + slots * event_row.SLOT_WORDS) if slots else 0
        ),
        "events": (1,) * (1 + (sample > 0)) if slots else (),
        "event_slots": slots,
        "event_sample": sample,
    }


def _aside(rows: int, actors: int, stash_nodes: int, urgent_nodes: int) -> dict[str, Any]:
    """Messages that lie in nodes: the stash's and system messages."""
    nodes = stash_nodes + urgent_nodes
    return {
        "node": aligned(nodes * LINE),
        "aside": aligned(actors * LINE if nodes else 0),
        "urgent": aligned(actors * PAIR if urgent_nodes else 0),
        "stash_cache": aligned(rows * CACHE_WORDS if stash_nodes else 0),
        "urgent_cache": aligned(rows * CACHE_WORDS if urgent_nodes else 0),
        "stashing": _on(stash_nodes),
        "urgency": _on(urgent_nodes),
        "apart": _on(nodes),
        "stash_nodes": stash_nodes,
        "nodes": nodes,
    }


def _questions(rows: int, asks: int, questions: int, wide: bool) -> dict[str, Any]:
    """Questions from Python, and those between actors."""
    return {
        "ask": aligned(asks * (PAIR if wide else LINE)),
        "asking": _on(asks),
        "question": aligned(questions * LINE),
        "question_cache": aligned(rows * CACHE_WORDS if questions else 0),
        "questioning": _on(questions),
        "questions": questions,
    }


def _watches(rows: int, actors: int, watches: int) -> dict[str, Any]:
    return {
        "watch": aligned(watches * LINE),
        "watched": aligned(actors * LINE if watches else 0),
        "watch_cache": aligned(rows * CACHE_WORDS if watches else 0),
        "watching": _on(watches),
        "watches": watches,
    }


def _boxes(actors: int, boxes: tuple[int, ...], levels: int) -> dict[str, Any]:
    """Mailboxes at fixed places."""
    return {
        "box": aligned(actors * bounded_row.WORDS if boxes else 0),
        "variant": aligned(behaviour_row.MOST_BEHAVIOURS * mailbox_row.WORDS if boxes else 0),
        "box_of": aligned(behaviour_row.MOST_BEHAVIOURS + 1 if boxes else 0),
        "kind_level": aligned(levels * mailbox_row.LEVEL_WORDS),
        "boxes": boxes,
    }


def _routers(routers: int, routees: int) -> dict[str, Any]:
    return {
        "router": aligned(routers * router_row.WORDS),
        "routee": aligned(2 * routees * (1 + router_row.POINTS) if routers else 0),
        "routed": _on(routers),
    }


def _placement(workers: int, actors: int, placement: Placement) -> dict[str, Any]:
    """What schedulers other than work stealing need."""
    return {
        "strategy": (1,) * placement.strategy,
        "inbox": aligned(placement.inboxes * actors * 2),
        "inbox_ends": aligned(placement.inboxes * ENDS_WORDS),
        "level": aligned(behaviour_row.MOST_BEHAVIOURS + 1 if placement.per_behaviour else 0),
        "placing": aligned(actors if placement.per_actor else 0),
        "numa_node": aligned(workers if placement.strategy else 0),
        "load": aligned(workers * LOAD_WORDS if placement.per_worker else 0),
        "inboxes": placement.inboxes,
        "dedicated": placement.dedicated,
        "heavy_ticks": placement.heavy_ticks,
    }


def _begin(tables: Tables) -> None:
    """Write what is not 0 to begin with."""
    tables.shared[[shared_words.BATCH_SET, shared_words.STEAL_MOST_SET, shared_words.SPINS_SET]] = (
        shared_words.BATCH,
        shared_words.STEAL_MOST,
        shared_words.SPINS,
    )
    tables.shared[shared_words.SYSTEM_FRESH] = tables.stash_nodes
    tables.timer_row[timer_row.DUE :: timer_row.HEAP_WORDS] = timer_row.NEVER
    if tables.signals or tables.flushing:
        # Ring 0 is the ring of an actor that was woken without mail: always full. Its
        # first slot is the message of a hook.
        tables.message[message_slot.SENDER] = message_slot.NO_SENDER
        tables.shared[shared_words.RING_FRESH] = 1
        tables.ring[ring_row.HEAD] = -tables.ring_slots & ring_row.POSITIONS
    for row in range(tables.workers + 1):
        tables.worker[row * worker_row.WORDS + worker_row.LIFO] = NONE
        tables.worker[row * worker_row.WORDS + worker_row.RESERVED_TO] = NONE
        tables.worker[row * worker_row.WORDS + worker_row.RANDOM] = row + 1
        tables.worker[row * worker_row.WORDS + worker_row.BATCH_SIZE] = shared_words.BATCH
