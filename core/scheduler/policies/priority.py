"""The strategy "priority": actors have a level by their behaviour.

Actors of the levels critical, high and low wait in a queue each that all workers share;
those of the normal level wait where they do without priorities. Every worker takes the
first of critical, high, normal, low that there is. So that no level starves, each
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
LOW: Final = 3  # a level's number is its row of the inboxes; the row of NORMAL stays empty
ROWS = len(LEVELS)
BOOST_INTERVAL = 16


@kernel
def place(t: Tables, worker: int, actor: int) -> bool:
    """Queue an actor by its level; False if it is a normal one."""
    # relaxed: who schedules the actor took it over from the owner that wrote this.
    behaviour = atomics.load_relaxed(t.actor, actor * LINE + actor_row.BEHAVIOUR)
    # An actor that has ended has no behaviour: what is left to do is not urgent.
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
    """What goes before normal actors at this look, or NONE."""
    if tick % BOOST_INTERVAL != 0:
        return take_urgent(t)
    boosted = (tick // BOOST_INTERVAL) % 3
    if boosted == 0:
        return shared_queues.take(t, LOW)
    return shared_queues.take(t, HIGH) if boosted == 1 else NONE
