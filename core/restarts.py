"""How often, and how soon, an actor may be restarted: intensity and back-off.

The window is Erlang's, tumbling: the first restart opens it, and after it has passed the
count starts anew. The delay doubles with every restart in a window up to its most.
"""

from zbench.core import atomics as at
from zbench.core.kernel import kernel
from zbench.core.layout import (
    FAMILY_WORDS,
    GROUP_RESTARTS,
    GROUP_WINDOW,
    MAX_RESTARTS,
    RESTARTS,
    WINDOW,
    WITHIN_NS,
    Tables,
)


@kernel
def allow_restart(t: Tables, policy: int, actor: int) -> bool:
    """Count a restart of the actor; False if that is one too many."""
    return _allow(t, policy, actor * FAMILY_WORDS + RESTARTS, actor * FAMILY_WORDS + WINDOW)


@kernel
def allow_group_restart(t: Tables, policy: int, parent: int) -> bool:
    """Count a restart of the parent's children; False if that is one too many."""
    line = parent * FAMILY_WORDS
    return _allow(t, policy, line + GROUP_RESTARTS, line + GROUP_WINDOW)


@kernel
def _allow(t: Tables, policy: int, count: int, window: int) -> bool:
    """Count in the present window, or open a new one."""
    now = at.clock_ns()
    if t.family[count] == 0 or now - t.family[window] > t.policy[policy + WITHIN_NS]:
        t.family[count] = 0
        t.family[window] = now
    if t.family[count] >= t.policy[policy + MAX_RESTARTS]:
        return False
    t.family[count] += 1
    return True
