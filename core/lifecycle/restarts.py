"""Limits of restarts: their number in a window (Erlang's intensity), and back-off.

The window is tumbling: the first restart opens it, and once it has passed the count starts
again. The delay doubles with every restart in a window, up to the longest.
"""

from zbench.core.actors import stages
from zbench.core.compile.kernel import cold_kernel, kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, behaviour_row, family_row, message_slot
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.randomness import draw
from zbench.core.memory.tables import Tables
from zbench.core.timers import set_timer


@kernel
def allow_restart(t: Tables, policy: int, actor: int) -> bool:
    """Count a restart of the actor; False if that is one too many."""
    return _allow(
        t,
        policy,
        actor * family_row.WORDS + family_row.RESTARTS,
        actor * family_row.WORDS + family_row.WINDOW,
    )


@kernel
def allow_group_restart(t: Tables, policy: int, parent: int) -> bool:
    """Count a restart of the parent's children; False if that is one too many."""
    line = parent * family_row.WORDS
    return _allow(t, policy, line + family_row.GROUP_RESTARTS, line + family_row.GROUP_WINDOW)


@cold_kernel
def _allow(t: Tables, policy: int, count: int, window: int) -> bool:
    """Count a restart in the present window, or open a new one."""
    now = atomics.clock_ns()
    if t.family[count] == 0 or now - t.family[window] > t.policy[policy + behaviour_row.WITHIN_NS]:
        t.family[count] = 0
        t.family[window] = now
    if t.family[count] >= t.policy[policy + behaviour_row.MAX_RESTARTS]:
        return False
    t.family[count] += 1
    return True


@cold_kernel
def restart_later(t: Tables, worker: int, policy: int, actor: int) -> bool:
    """Set a timer for the actor's restart; False if it must be restarted at once.

    That is so if the policy has no back-off, or no timer is free.
    """
    if len(t.has_timers) == 0 or t.policy[policy + behaviour_row.BACKOFF_NS] == 0:
        return False
    delay = t.policy[policy + behaviour_row.BACKOFF_NS]
    for _ in range(min(32, t.family[actor * family_row.WORDS + family_row.RESTARTS] - 1)):
        delay = min(2 * delay, t.policy[policy + behaviour_row.BACKOFF_MOST_NS])
    # Jitter spreads the restarts of actors that failed together.
    delay += delay // 1000 * (draw(t, worker) % (t.policy[policy + behaviour_row.JITTER] + 1))
    me = t.actor[actor * LINE + actor_row.REF]
    command = -stages.RESTART_NOW
    return (
        set_timer(t, worker, delay, 0, me, command, message_slot.NO_SENDER, (0, 0, 0, 0, 0, 0))
        != NONE
    )
