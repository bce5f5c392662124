"""Faults of a system's actors in words."""

from zbench.core import ActorSystem


class ActorFaultError(RuntimeError):
    """An actor failed, so a scenario's run can't end."""


class UnfinishedError(RuntimeError):
    """No actor has anything left to do, and the end was not announced: a run can't end."""


def first_fault(system: ActorSystem) -> str | None:
    """The first fault that is still kept: behaviour, exception and place; None without any."""
    faults = system.faults()
    if not faults:
        return None
    names = system.behaviours.all
    index = faults[0].behaviour
    name = names[index] if 0 <= index < len(names) else str(index)
    return f"behaviour {name} failed: {faults[0]}"
