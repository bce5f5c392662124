"""thread-ring: tokens passed round a ring of actors."""

from zbench.core import DATA, ActorSystem, Context, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

TOKEN = 1


@behaviour
def member(ctx: Context, state: Words, message: Words) -> None:
    """Pass the token on to state[0] with one hop less; state[1] counts, state[2] ends."""
    state[1] += 1
    hops = message[DATA]
    if hops == 0:
        state[2] += 1
        ctx.finish()
    else:
        ctx.send(state[0], TOKEN, hops - 1)


def prepare(parameters: Parameters) -> CoreRun:
    """A ring of actors with its tokens started at equal distances."""
    actors = int(parameters["actors"])
    tokens = int(parameters["tokens"])
    hops = max(1, int(parameters["hops"]) // tokens)
    system = ActorSystem(
        [member],
        actors=actors,
        messages=1 << 16,
        **options_of(parameters),
    )
    ring = system.spawn_many(member, actors)
    for k, actor in enumerate(ring):
        system.state(actor)[0] = ring[(k + 1) % actors]
    starts = ring[[k * actors // tokens % actors for k in range(tokens)]]

    def reset() -> None:
        for actor in ring:
            system.state(actor)[1:3] = 0

    def check() -> str | None:
        passed = sum(int(system.state(actor)[1]) for actor in ring)
        ended = sum(int(system.state(actor)[2]) for actor in ring)
        return expect("the number of hops", passed, tokens * (hops + 1)) or expect(
            "the number of tokens at their end", ended, tokens
        )

    return CoreRun(
        system,
        start=lambda: system.tell_many(starts, TOKEN, hops),
        check=check,
        answer=lambda: sum((k + 1) * int(system.state(a)[2]) for k, a in enumerate(ring)),
        wanted=sum(1 + (k * actors // tokens + hops) % actors for k in range(tokens)),
        messages=tokens * (hops + 1),
        finishes=tokens,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="thread-ring",
        purpose="tokens passed round a ring of actors",
        category=Category.MICRO,
        parameters=(
            Parameter("actors", 100, "actors in the ring", 2, 1_000_000),
            Parameter("tokens", 1, "tokens under way at once", 1, 100_000),
            Parameter("hops", 1_000_000, "hops, shared by the tokens", 1, 10**9, quick=100_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-cache-line",),
    ),
)
