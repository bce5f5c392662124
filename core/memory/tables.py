"""The tables of a system, as Python and compiled code take them, and their record."""

from typing import Any, NamedTuple, TypeVar

import numpy as np
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.memory.layout.lines import PAIR, Words

NO_RECORD: Words = np.zeros(0, np.int64)
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

    Field         Rows              Written by                 Order
    shared        a word a pair     any thread                 see layout's names
    actor         a line an actor   senders (MAIL), owner      MAIL: acq_rel / acquire
    state         actor             owner                      handed over with the actor
    ring          a line a ring     owner (HEAD), a sender     release / acquire
    message       slot, node        claiming sender            published by HEADER
    worker        worker            that worker                relaxed counters
    ends, items   worker            chase_lev.py                   chase_lev.py
    inject        actors            injection.py               injection.py
    actor_cache   worker            that worker                none
    ring_cache    worker            that worker                none
    fault         worker            that worker                release: FAILURES / acquire
    code          behaviour         core.system.program               addresses, table form only

    family        actor             see FAMILY_WORDS           with ``supervised`` only
    birth         actor             who spawns                 first state, for restarts
    policy        behaviour         core.system.system                read-only while running

    timer         node              who holds the row's lock   core.timers
    timer_data    node              as timer                   core.timers
    timer_heap    row, node         as timer                   core.timers
    timer_row     worker            see TIMER_ROW_WORDS        core.timers
    timer_cache   worker            that worker                none
    ask           question          see core.delivery.ask_host              core.delivery.ask_host
    blocks        core.blocks.block_tables                                  its tables, or ()
    routes        core.directory.hash_table                                 its tables, or ()
    router        router            Python; senders (CURSOR)   core.delivery.routers
    routee        see FIRST         Python, under a lock       core.delivery.routers, behind LIST
    node          node              who holds it               core.messages.detached
    aside         actor             owner                      core.delivery.stash, core.delivery.system_messages
    urgent        actor             any thread                 core.delivery.system_messages
    stash_cache   worker            that worker                none
    urgent_cache  worker            that worker                none
    question      question          who holds it               core.delivery.ask_actors
    question_cache worker           that worker                none
    watch         node              core.lifecycle.death_watch               core.lifecycle.death_watch
    watched       actor             any thread                 core.lifecycle.death_watch
    watch_cache   worker            that worker                none
    event         worker            that worker, a reader      core.events.event_ring; ``events`` only
    inbox         inbox, actor      core.queues.mpmc               core.scheduler.shared_queues
    inbox_ends    inbox             as ends                    core.queues.mpmc
    level         behaviour         core.scheduler.config            read-only; "priority" only
    placing       actor             core.scheduler.policies.numa, core.scheduler.policies.predictive relaxed, advisory
    numa_node     worker            core.scheduler.config            read-only; "numa" only
    load          worker            that worker                core.scheduler.policies.load_balanced
    ending        actor             owner                      why it ends; ``endings`` only
    box           actor             see BOX_WORDS              with ``boxes`` only
    variant       kind of mailbox   core.system.system                read-only while running
    box_of        behaviour         core.system.system                row + 1 in ``variant``, or 0
    kind_level    kind of message   core.system.system                read-only while running

    Options are tuples: ``()`` is off and ``(1,)`` is on. Their length is part of the
    type, so machine code for a system without an option has no trace of it. ``events``
    is ``(1, 1)`` where messages are sampled too. The length of ``strategy`` is the number
    of the scheduler's strategy (core.scheduler.policies.policy); ``boxes`` is longer where a system uses
    types of mailboxes that were registered, by their number. The boxes themselves lie in
    ``message``, behind the rings and the nodes.

    Row ``workers`` of ``worker`` and the caches belongs to Python's threads, which
    take a lock before they use it. Compiled code has the tables by the ``address`` of
    their ``record`` (core.memory._tables_llvm).
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
    signals: tuple[int, ...]  # whether actors have more to attend to than their rings
    timing: tuple[int, ...]
    ask: Words
    asking: tuple[int, ...]
    blocks: Any  # BlockTables
    routes: Any  # RouteTables
    router: Words
    routee: Words
    routed: tuple[int, ...]
    event: Words
    ending: Words
    events: tuple[int, ...]
    strategy: tuple[int, ...]
    inbox: Words
    inbox_ends: Words
    level: Words
    placing: Words
    numa_node: Words
    load: Words
    batching: tuple[int, ...]  # whether batches have a target
    wide: tuple[int, ...]  # whether a message takes two lines
    flushing: tuple[int, ...]  # whether a behaviour has a hook after its batch
    inboxes: int
    dedicated: int  # workers for actors whose runs are predicted to be long
    heavy_ticks: int  # the run of such an actor
    batch_ticks: int  # target of a batch
    endings: tuple[int, ...]  # whether anybody wants to know why an actor ends
    node: Words
    aside: Words
    urgent: Words
    stash_cache: Words
    urgent_cache: Words
    stashing: tuple[int, ...]
    urgency: tuple[int, ...]  # whether there are system messages
    apart: tuple[int, ...]  # whether any message lies in a node
    node_base: int  # where in `message` the nodes' lines start
    stash_nodes: int  # the first nodes are the stash's, ...
    nodes: int  # ... the rest system messages'
    question: Words
    question_cache: Words
    questioning: tuple[int, ...]
    questions: int
    watch: Words
    watched: Words
    watch_cache: Words
    watching: tuple[int, ...]
    watches: int
    box: Words
    variant: Words
    box_of: Words
    kind_level: Words
    boxes: tuple[int, ...]
    muting: tuple[int, ...]  # whether a full mailbox mutes who sends to it
    workers: int
    state_words: int
    ring_slots: int  # messages a ring holds, a power of two
    actors: int  # a power of two
    rings: int
    event_slots: int  # events a row holds, a power of two
    event_sample: int  # of so many messages of a worker one becomes an event
    record: Words = NO_RECORD
    address: int = 0


def aligned(words: int) -> Words:
    """Allocate zeroed int64 words that start on a pair of cache lines."""
    raw = np.zeros(words + PAIR, np.int64)
    skip = (-raw.ctypes.data // 8) % PAIR
    return raw[skip : skip + words]


def recorded(tables: T, room: Words | None = None) -> T:
    """The same NamedTuple of tables, with the record that compiled code finds them by.

    The room for it, if given, is in one piece of memory with tables at fixed distances.
    """
    fields: dict[str, Any] = tables._asdict()  # type: ignore[attr-defined]
    words = [word for name, value in fields.items() if name != "record" for word in _words(value)]
    record = aligned(len(words)) if room is None else room
    record[: len(words)] = words
    made: T = tables._replace(record=record, address=record.ctypes.data)  # type: ignore[attr-defined]
    return made


def _words(value: Any) -> tuple[int, ...]:
    """What a record says of a field; its type says the rest."""
    if isinstance(value, np.ndarray):
        return value.ctypes.data, len(value)
    if hasattr(value, "address"):
        return (value.address,)
    return () if isinstance(value, tuple) else (value,)
