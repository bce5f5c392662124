"""A system whose workers have ended though it takes calls, so that messages wait."""

from zbench.core.memory.layout import shared_words
from zbench.core.system import entry_points


def halt(system):
    """End the workers of a system and nothing else of it."""
    system.tables.shared[shared_words.STOP] = 1
    entry_points.wake_all(system.tables)
    for thread in system._remains.threads:
        thread.join()
