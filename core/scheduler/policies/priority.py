"""The scheduler policy "priority": an actor's behaviour determines its level.

Actors of the levels critical, high and low wait in one shared queue for each level; those
of the normal level wait as they do without priorities. Every worker takes the first
available of critical, high, normal, low. So that no level starves, each
BOOST_INTERVAL-th look begins lower down: at low, normal and high in turn.
"""

from typing import Final

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages.levels import LEVELS
from zbench.core.scheduler import shared_queues

CRITICAL: Final = 0
HIGH: Final = 1
NORMAL: Final = 2
LOW: Final = 3  # a level's number is its shared queue's row; the row of NORMAL stays empty
ROWS = len(LEVELS)
BOOST_INTERVAL = 16


@kernel
def place(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor by its level; False if it is a normal one."""
    # relaxed: the scheduling thread took the actor over from the owner that wrote this.
    behaviour = atomics.load_relaxed(t.actor, actor * LINE + actor_row.BEHAVIOUR)
    # An ended actor has no behaviour: the work left to do is not urgent.
    level = NORMAL if behaviour == NONE else t.behaviour_level[behaviour]
    if level == NORMAL:
        return False
    shared_queues.put(t, worker, level, actor)
    return True


@kernel
def take_urgent(t: Tables) -> int:
    """The next actor above the normal level, or NONE."""
    actor = shared_queues.take(t, CRITICAL)
    return actor if actor >= 0 else shared_queues.take(t, HIGH)


@kernel
def take_first(t: Tables, tick: int) -> int:
    """Actor that precedes normal ones at this look, or NONE."""
    if tick % BOOST_INTERVAL != 0:
        return take_urgent(t)
    boosted = (tick // BOOST_INTERVAL) % 3
    if boosted == 0:
        return shared_queues.take(t, LOW)
    return shared_queues.take(t, HIGH) if boosted == 1 else NONE
