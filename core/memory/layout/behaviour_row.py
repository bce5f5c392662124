"""A row a behaviour, in `policy` and in `code`.

`policy` says how a behaviour's actors treat the faults of their children, and which hooks
they have; its last row is the guardian's. `code` has the addresses of machine code, and the
number of behaviours.
"""

MOST_BEHAVIOURS = 64
GUARDIAN = MOST_BEHAVIOURS  # row of the guardian in `policy`
LOOP_CODE = MOST_BEHAVIOURS  # place of the worker's loop in `code`
COUNT = MOST_BEHAVIOURS + 1  # place of the number of behaviours in `code`
CODE_WORDS = MOST_BEHAVIOURS + 2

GROUP = 0  # which children a fault concerns (core.lifecycle.props)
MAX_RESTARTS = 1  # within a window
WITHIN_NS = 2
BACKOFF_NS = 3  # delay of the first restart; doubles with each, 0 for none
BACKOFF_MOST_NS = 4
JITTER = 5  # thousandths of the delay added at random
HOOKS = 6  # bits by the number of the hook (core.actors.stages)
KEEPS_BIRTH = 7  # whether children may be restarted, so that their first state is kept
DIRECTIVE = 8  # one for each fault code
FAULT_CODES = 8  # 0 is a raise
POLICY_WORDS = DIRECTIVE + FAULT_CODES
