"""The dispatch of the uncompiled runtime: a list of Python functions.

core.system.program gives compiled loops another ``dispatch`` and ``hook`` of the same signatures,
in one of two forms (core.worker.dispatch_source).
"""

from collections.abc import Callable
from typing import Any

from zbench.core.actors.faults import attempt, attempt_hook
from zbench.core.context.context import Context
from zbench.core.memory.layout.lines import Words

HOOKS: list[tuple[Any, ...]] = []
BEHAVIOURS: list[Callable[[Context, Words, Words], Any]] = []


def dispatch(behaviour: int, ctx: Context, state: Words, message: Words) -> int:
    """Call the behaviour with that index; 0, or its fault (core.actors.faults)."""
    fault: int = attempt(BEHAVIOURS[behaviour], ctx, state, message)
    return fault


def hook(which: int, behaviour: int, ctx: Context, state: Words) -> int:
    """Call a hook of the behaviour; 0, or its fault."""
    function = HOOKS[behaviour][which]
    fault: int = attempt_hook(function, ctx, state) if function is not None else 0
    return fault
