"""Allocating the tables of an empty system, topic by topic. Sizes of 0 are options off."""

from typing import Any

from zbench.core.layout import (
    ACTOR_CACHE_AT,
    BATCH,
    BATCH_SET,
    BATCH_SIZE,
    BOX_WORDS,
    CACHE_WORDS,
    DUE,
    ENDS_WORDS,
    EVENT_ENDS_WORDS,
    EVENT_WORDS,
    FAMILY_WORDS,
    FAULT_WORDS,
    FAULTS_KEPT,
    HEAD,
    LEVEL_WORDS,
    LIFO,
    LINE,
    LOAD_WORDS,
    MOST_BEHAVIOURS,
    MOST_ROWS,
    NEVER,
    NO_SENDER,
    NONE,
    PAIR,
    POINTS,
    POLICY_WORDS,
    RANDOM,
    RECORD_WORDS,
    RESERVED_TO,
    RING_CACHE_AT,
    RING_FRESH,
    RING_POSITIONS,
    ROUTER_WORDS,
    SENDER,
    SHARED_AT,
    SHARED_WORDS,
    SPINS,
    SPINS_SET,
    STEAL_MOST,
    STEAL_MOST_SET,
    TIMER_ROW_WORDS,
    URGENT_FRESH,
    VARIANT_WORDS,
    WORKER_AT,
    WORKER_WORDS,
    Words,
)
from zbench.core.placement import WORK_STEALING, Placement
from zbench.core.tables import Tables, aligned, recorded


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
    near = aligned(RECORD_WORDS + SHARED_WORDS + MOST_ROWS * (WORKER_WORDS + 2 * CACHE_WORDS))
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
        "shared": near[SHARED_AT : SHARED_AT + SHARED_WORDS],
        "worker": near[WORKER_AT : WORKER_AT + rows * WORKER_WORDS],
        "actor_cache": near[ACTOR_CACHE_AT : ACTOR_CACHE_AT + rows * CACHE_WORDS],
        "ring_cache": near[RING_CACHE_AT : RING_CACHE_AT + rows * CACHE_WORDS],
        "ends": aligned(workers * ENDS_WORDS),
        "items": aligned(workers * actors),
        "inject": aligned(actors * 2),
        "fault": aligned(rows * FAULTS_KEPT * FAULT_WORDS),
        "code": aligned(MOST_BEHAVIOURS + 1),
        "workers": workers,
    }


def _actors(actors: int, state_words: int, supervised: bool) -> dict[str, Any]:
    return {
        "actor": aligned(actors * LINE),
        "state": aligned(actors * state_words),
        "family": aligned(actors * FAMILY_WORDS if supervised else 0),
        "birth": aligned(actors * state_words if supervised else 0),
        "policy": aligned((MOST_BEHAVIOURS + 1) * POLICY_WORDS if supervised else 0),
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
        "timer_row": aligned(rows * TIMER_ROW_WORDS if timers else 0),
        "timer_cache": aligned(rows * CACHE_WORDS if timers else 0),
        "timers": timers,
        "timing": _on(timers),
    }


def _events(rows: int, slots: int, sample: int) -> dict[str, Any]:
    return {
        "event": aligned(rows * (EVENT_ENDS_WORDS + slots * EVENT_WORDS) if slots else 0),
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
        "box": aligned(actors * BOX_WORDS if boxes else 0),
        "variant": aligned(MOST_BEHAVIOURS * VARIANT_WORDS if boxes else 0),
        "box_of": aligned(MOST_BEHAVIOURS + 1 if boxes else 0),
        "kind_level": aligned(levels * LEVEL_WORDS),
        "boxes": boxes,
    }


def _routers(routers: int, routees: int) -> dict[str, Any]:
    return {
        "router": aligned(routers * ROUTER_WORDS),
        "routee": aligned(2 * routees * (1 + POINTS) if routers else 0),
        "routed": _on(routers),
    }


def _placement(workers: int, actors: int, placement: Placement) -> dict[str, Any]:
    """What schedulers other than work stealing need."""
    return {
        "strategy": (1,) * placement.strategy,
        "inbox": aligned(placement.inboxes * actors * 2),
        "inbox_ends": aligned(placement.inboxes * ENDS_WORDS),
        "level": aligned(MOST_BEHAVIOURS + 1 if placement.per_behaviour else 0),
        "placing": aligned(actors if placement.per_actor else 0),
        "numa_node": aligned(workers if placement.strategy else 0),
        "load": aligned(workers * LOAD_WORDS if placement.per_worker else 0),
        "inboxes": placement.inboxes,
        "dedicated": placement.dedicated,
        "heavy_ticks": placement.heavy_ticks,
    }


def _begin(tables: Tables) -> None:
    """Write what is not 0 to begin with."""
    tables.shared[[BATCH_SET, STEAL_MOST_SET, SPINS_SET]] = BATCH, STEAL_MOST, SPINS
    tables.shared[URGENT_FRESH] = tables.stash_nodes
    tables.timer_row[DUE::TIMER_ROW_WORDS] = NEVER
    if tables.signals or tables.flushing:
        # Ring 0 is the ring of an actor that was woken without mail: always full. Its
        # first slot is the message of a hook.
        tables.message[SENDER] = NO_SENDER
        tables.shared[RING_FRESH] = 1
        tables.ring[HEAD] = -tables.ring_slots & RING_POSITIONS
    for row in range(tables.workers + 1):
        tables.worker[row * WORKER_WORDS + LIFO] = NONE
        tables.worker[row * WORKER_WORDS + RESERVED_TO] = NONE
        tables.worker[row * WORKER_WORDS + RANDOM] = row + 1
        tables.worker[row * WORKER_WORDS + BATCH_SIZE] = BATCH
