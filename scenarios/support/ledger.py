"""Words that outlive restarts, for scenarios: the state of actors that get no messages.

Actors spawned together have their states one after the other. The ledger is thus one array
that any behaviour on any worker reaches through its tables.
"""

import numpy as np
from numpy.typing import NDArray
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE
from zbench.core.memory.tables import Tables
from zbench.core.metrics.histogram import BUCKETS, bucket

HISTOGRAM_ACTORS = -(-BUCKETS // LINE)


@behaviour
def page(ctx: Context, state: Words, message: Words) -> None:
    """Get no messages."""


def new_ledger(system: ActorSystem, words: int) -> tuple[int, NDArray[np.int64]]:
    """At least ``words`` words: their start in ``tables.state``, and a view of them."""
    pages = -(-words // system.tables.state_words)
    refs = np.sort(system.spawn_many(page, pages) & SLOT_MASK)
    start = int(refs[0]) * system.tables.state_words
    return start, system.tables.state[start : start + pages * system.tables.state_words]


@kernel
def record_shared(t: Tables, start: int, value: int) -> None:
    """Count a value in the histogram at an index of the ledger that workers share."""
    # Only atomicity matters; the end of the run orders it before the reading.
    atomics.fetch_add(t.state, start + bucket(value), 1)
