"""A row a fault, in `fault`: a ring of the last ones for each worker."""

ACTOR = 0  # ref
BEHAVIOUR = 1
TIME = 2
INFO = 3  # value that core.actors.faults.attempt returned, or a number below 0
DETAIL = 4  # of a wrong index
WORDS = 5

KEPT = 64  # faults of a worker
