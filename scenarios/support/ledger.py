"""Words that outlive restarts, for scenarios: the state of actors that get no messages.

Actors spawned together have their states one after the other, so theirs is one array that
any behaviour reaches through its tables, wherever it runs.
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
    """So many words or a few more: where they start in ``tables.state``, and themselves."""
    pages = -(-words // system.tables.state_words)
    refs = np.sort(system.spawn_many(page, pages) & SLOT_MASK)
    start = int(refs[0]) * system.tables.state_words
    return start, system.tables.state[start : start + pages * system.tables.state_words]


@kernel
def record_shared(t: Tables, start: int, value: int) -> None:
    """Count a value in the histogram at a place of the ledger, whoever else does."""
    # Only atomicity matters; what ends the run orders it before the reading.
    atomics.fetch_add(t.state, start + bucket(value), 1)
