"""Scenarios of a user's file whose actors fail: one for each way to wait for them."""

import time

from zbench.core import ActorSystem, Context, Props, Supervisor, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Sample, Scenario
from zbench.scenarios.support.core_run import CoreRun

FAIL = 1


@behaviour
def divider(ctx: Context, state: Words, message: Words) -> None:
    if state[0] >= 0:
        raise ValueError("too small")
    ctx.finish()


@behaviour
def misspelt(ctx: Context, state: Words, message: Words) -> None:
    state[0] += 1
    ctx.finnish()


class Waits:
    """Waits for an actor as the README does, without a time-out."""

    def __init__(self, how):
        self.how = how
        kept = Props(divider, supervisor=Supervisor("restart")) if how == "restarts" else divider
        self.system = ActorSystem([kept], actors=4, messages=256, workers=1)
        self.actor = self.system.spawn(kept)

    def run(self):
        start = time.perf_counter_ns()
        self.actor.tell(FAIL)
        if self.how == "gives up":
            self.system.wait(1, timeout=0.5)
        return Sample(self.system.wait() - start, 1)

    def close(self):
        self.system.stop()


def core_run(system):
    actor = system.spawn(divider)
    return CoreRun(system, start=lambda: actor.tell(FAIL), messages=1)


def prepare(parameters):
    how = parameters["how"]
    if how == "misspelt":
        ActorSystem([misspelt], actors=4, messages=256, workers=1)
    if how == "core run":
        return core_run(ActorSystem([divider], actors=4, messages=256, workers=1))
    return Waits(how)


SCENARIOS = (
    Scenario(
        "faulty",
        "for tests",
        Category.MICRO,
        (Parameter("how", "waits", "how the run waits"),),
        prepare=prepare,
    ),
)
