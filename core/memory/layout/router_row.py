"""A row a router, in `router` (core.delivery.routers).

Its routees are in `routee` from FIRST on, in two sections, the list of version v in section
v % 2: ROUTEES refs, ascending, then ROUTEES * POINTS points of a ring, for consistent
hashing only.
"""

from zbench.core.memory.layout.lines import PAIR

LOGIC = 0  # its routing logic; these three are written before any thread knows the router
FIRST = 1
ROUTEES = 2  # room for routees
LIST = 3  # {version, number of routees}; Python under a lock, release
CURSOR = PAIR  # tickets taken for round robin; senders, fetch_add
WORDS = 2 * PAIR

POINTS = 128  # of a routee on the ring: shares differ by about 1 / sqrt(POINTS)
