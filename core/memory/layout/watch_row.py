"""Death watch (core.lifecycle.death_watch): a line a watch, and a line a watched actor.

The first words are of `watch`, those after them of `watched`.
"""

STATE = 0  # {life of the row, phase}
NEXT = 1  # index + 1 of the next one in its stack, or 0
WATCHER = 2  # ref that is notified, ...
KIND = 3  # ... by a message of that kind
FREE_LINK = 4  # links of the index pool, while the row is free; and the word after
TARGET = 6  # ref that is watched

WATCHERS = 0  # {lives before, index + 1}: stack of the watches; any thread, acq_rel
WHY = 1  # {lives before, reason} of the last incarnation that ended; owner, before WATCHERS
