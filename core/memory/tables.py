"""The tables of a system, as Python and compiled code take them, and their descriptor."""

from typing import Any, NamedTuple, TypeVar

import numpy as np
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout.lines import PAIR, Words

NO_DESCRIPTOR: Words = np.zeros(0, np.int64)
T = TypeVar("T", bound=tuple[Any, ...])


def by_address(tables: type[T]) -> type[T]:
    """Have compiled code take a NamedTuple of tables as one address."""
    if not INTERPRETED:
        from zbench.core.memory import _tables_llvm

        _tables_llvm.register(tables)
    return tables


@by_address
class Tables(NamedTuple):
    """The whole state of an actor system.

    Field              A row is           Written by                Protocol (core...)
    shared             a word             any thread                layout.shared_words
    actor              an actor           senders (MAIL), owner     mailbox.linked
    state              an actor           owner                     handed over with the actor
    ring               a ring             owner (HEAD), a sender    mailbox.linked
    message            a slot             the sender that claimed   published by HEADER
    worker             a worker           that worker               relaxed counters
    ends, items        a worker           owner, thieves            queues.chase_lev
    inject             an actor           any thread                queues.injection
    fault              a worker           that worker               actors.faults
    code               a behaviour        Python                    read-only while running
    *_cache            a worker           that worker               memory.index_pool

    family             an actor           see layout.family_row     with ``supervised`` only
    birth              an actor           the spawning thread       first state, for restarts
    policy             a behaviour        Python                    read-only while running
    timer, timer_data  a timer            holder of a heap's lock   timers
    timer_heap         a worker           holder of its lock        timers
    timer_row          a worker           holder of its LOCK        timers
    ask                a question         see protocol              delivery.ask_host
    question           a question         its holder                delivery.ask_actors
    blocks             tables of a block pool, or ()                blocks.block_tables
    routes             tables of a directory, or ()                 directory.hash_table
    router             a router           Python; senders (CURSOR)  delivery.routers
    routee             see FIRST          Python, under a lock      delivery.routers
    detached           a message          its holder                messages.detached
    aside              an actor           owner                     delivery.stash
    system_stack       an actor           any thread                delivery.system_messages
    watch              a watch            see protocol              lifecycle.death_watch
    watched            an actor           any thread                lifecycle.death_watch
    event              a worker           that worker, a reader     events.event_ring
    ending_reason      an actor           owner                     actors.ending_reasons
    shared_queue       a queue            any worker                scheduler.shared_queues
    behaviour_level    a behaviour        Python                    read-only; "priority" only
    placement          an actor           workers, relaxed          scheduler.policies
    numa_node          a worker           Python                    read-only; "numa" only
    worker_load        a worker           that worker               scheduler.policies
    bounded            an actor           see layout.bounded_row    delivery.bounded
    mailbox_config     a configuration    Python                    read-only while running
    config_of          a behaviour        Python                    row + 1, or 0
    kind_level         a kind of message  Python                    read-only while running

    Options are tuples: ``()`` is off and ``(1,)`` is on. Their length is part of the type, so
    machine code for a system without an option has no trace of it. Three have a longer one:
    ``has_events`` is ``(1, 1)`` where messages are sampled too, the length of
    ``scheduler_policy`` is the number of the policy (core.scheduler.policies.policy), and that
    of ``has_bounded`` grows with the types of mailboxes that were registered.

    Row ``workers`` of ``worker`` and of the caches belongs to Python's threads, which take a
    lock before they use it. Compiled code has the tables by the ``address`` of their
    ``descriptor`` (core.memory._tables_llvm).
    """

    shared: Words
    actor: Words
    state: Words
    ring: Words
    message: Words
    worker: Words
    ends: Words
    items: Words
    inject: Words
    actor_cache: Words
    ring_cache: Words
    fault: Words
    code: Words
    family: Words
    birth: Words
    policy: Words
    timer: Words
    timer_data: Words
    timer_heap: Words
    timer_row: Words
    timer_cache: Words
    timers: int
    supervised: tuple[int, ...]
    has_signals: tuple[int, ...]  # whether actors have more to handle than their rings
    has_timers: tuple[int, ...]
    ask: Words
    has_asks: tuple[int, ...]
    blocks: Any  # BlockTables
    routes: Any  # RouteTables
    router: Words
    routee: Words
    has_routers: tuple[int, ...]
    event: Words
    ending_reason: Words
    has_events: tuple[int, ...]
    scheduler_policy: tuple[int, ...]
    shared_queue: Words
    shared_queue_ends: Words
    behaviour_level: Words
    placement: Words
    numa_node: Words
    worker_load: Words
    has_batch_target: tuple[int, ...]  # whether batches have a target
    wide: tuple[int, ...]  # whether a message takes two lines
    has_batch_hooks: tuple[int, ...]  # whether a behaviour has a hook after its batch
    shared_queues: int
    dedicated: int  # workers for actors whose runs are predicted to be long
    heavy_ticks: int  # a run longer than this is long
    batch_ticks: int  # target of a batch
    has_ending_reasons: tuple[int, ...]  # whether ending reasons are recorded
    detached: Words
    aside: Words
    system_stack: Words
    stash_cache: Words
    system_cache: Words
    has_stash: tuple[int, ...]
    has_system_messages: tuple[int, ...]  # whether there are system messages
    has_detached: tuple[int, ...]  # whether any message is detached
    detached_base: int  # where in `message` detached messages start
    stash_room: int  # the first ones are the stash's, ...
    detached_count: int  # ... the rest system messages'
    question: Words
    question_cache: Words
    has_questions: tuple[int, ...]
    questions: int
    watch: Words
    watched: Words
    watch_cache: Words
    has_watches: tuple[int, ...]
    watches: int
    bounded: Words
    mailbox_config: Words
    config_of: Words
    kind_level: Words
    has_bounded: tuple[int, ...]
    has_backpressure: tuple[int, ...]  # whether a full mailbox mutes its senders
    workers: int
    state_words: int
    ring_slots: int  # messages a ring holds, a power of two
    actors: int  # a power of two
    slot_mask: int  # actors - 1; to subtract at each send takes 0.5 ns of 6 in counting
    rings: int
    event_slots: int  # events a row holds, a power of two
    event_sample: int  # one in this many messages of a worker becomes an event
    descriptor: Words = NO_DESCRIPTOR
    address: int = 0


def aligned(words: int) -> Words:
    """Allocate zeroed int64 words that start on a pair of cache lines."""
    raw = np.zeros(words + PAIR, np.int64)
    skip = (-raw.ctypes.data // 8) % PAIR
    return raw[skip : skip + words]


def with_descriptor(tables: T, room: Words | None = None) -> T:
    """The same NamedTuple of tables, with the descriptor for compiled code.

    ``room``, if given, lies in one piece of memory with tables at fixed distances.
    """
    fields: dict[str, Any] = tables._asdict()  # type: ignore[attr-defined]
    words = [
        word for name, value in fields.items() if name != "descriptor" for word in _words(value)
    ]
    descriptor = aligned(len(words)) if room is None else room
    descriptor[: len(words)] = words
    made: T = tables._replace(descriptor=descriptor, address=descriptor.ctypes.data)  # type: ignore[attr-defined]
    return made


def _words(value: Any) -> tuple[int, ...]:
    """Words of the descriptor for a field; the field's type has the rest."""
    if isinstance(value, np.ndarray):
        return value.ctypes.data, len(value)
    if hasattr(value, "address"):
        return (value.address,)
    return () if isinstance(value, tuple) else (value,)
