"""fork-join-throughput: one sender deals messages to many actors in turn."""

from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

START = 0
WORK = 1


@behaviour
def dealer(ctx: Context, state: Words, message: Words) -> None:
    """Send state[0] messages to each of the state[1] actors whose refs start at state[2]."""
    for _ in range(state[0]):
        for k in range(state[1]):
            ctx.send(state[2] + k, WORK)


@behaviour
def handler(ctx: Context, state: Words, message: Words) -> None:
    """Count up to state[1]."""
    state[0] += 1
    if state[0] == state[1]:
        ctx.finish()


def prepare(parameters: Parameters) -> CoreRun:
    """One dealer and its actors."""
    actors = int(parameters["actors"])
    each = int(parameters["messages"])
    system = ActorSystem(
        [dealer, handler],
        actors=actors + 1,
        messages=actors * (each + 128) + (1 << 16),
        **options_of(parameters),
    )
    # The first actors of a system have consecutive slots, so consecutive refs.
    refs = system.spawn_many(handler, actors, 0, each)
    deals = system.spawn(dealer, each, actors, int(refs.min()))

    def reset() -> None:
        for actor in refs:
            system.state(actor)[0] = 0

    def check() -> str | None:
        errors = (expect("an actor's count", int(system.state(a)[0]), each) for a in refs)
        return next((e for e in errors if e), None)

    return CoreRun(
        system,
        start=lambda: deals.tell(START),
        check=check,
        answer=lambda: sum(int(system.state(a)[0]) for a in refs),
        wanted=actors * each,
        messages=actors * each + 1,
        finishes=actors,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="fork-join-throughput",
        purpose="one sender deals messages to many actors in turn",
        category=Category.MICRO,
        parameters=(
            Parameter("actors", 60, "receiving actors", 1, 100_000),
            Parameter("messages", 10_000, "messages to each actor", 1, 10**7, quick=1_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
