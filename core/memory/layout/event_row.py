"""A row a worker, in `event`, where there are events (core.events.event_ring).

A row has the ends of a ring, then its slots, a line each.
"""

from zbench.core.memory.layout.lines import LINE, PAIR

TAIL = 0  # position of the next event to write; worker, release
HEAD_SEEN = 1  # head as the worker last saw it
DROPPED = 2  # events for which there was no room; worker, relaxed
UNSAMPLED = 3  # messages since the last one that became an event
HEAD = PAIR  # position of the next event to read; Python's reader, release
ENDS_WORDS = 2 * PAIR
SLOT_WORDS = LINE
