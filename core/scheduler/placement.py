"""The options of a system's tables that a scheduler chooses.

core.scheduler.config fills them in, core.system.allocation reads them.
"""

from typing import NamedTuple


class Placement(NamedTuple):
    """The tables that a scheduler needs; without any it is work stealing."""

    policy: int = 0
    shared_queues: int = 0
    per_behaviour: bool = False
    per_actor: bool = False
    per_worker: bool = False
    dedicated: int = 0
    heavy_ticks: int = 0


NO_TABLES = Placement()
