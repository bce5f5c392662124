"""dispatch: messages to actors of many behaviours at random, in both forms of dispatch."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from zbench.core import DATA, ActorSystem, Context, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

HOP = 1
ACTORS = 64
TOKENS = 16
MULTIPLIER = 1_103_515_245
INCREMENT = 12_345
MASK = (1 << 31) - 1


def member(number: int) -> Callable[..., None]:
    """A behaviour unlike all others: its code has its number."""

    @behaviour
    def one(ctx: Context, state: Words, message: Words) -> None:
        """Count, and pass the token on to a random one of ACTORS actors from state[0] on."""
        state[1] += 1
        state[2] ^= message[DATA + 1] * (2 * number + 1)
        if message[DATA] == 0:
            ctx.finish()
        else:
            seed = (message[DATA + 1] * MULTIPLIER + INCREMENT) & MASK
            ctx.send(state[0] + (seed >> 16) % ACTORS, HOP, message[DATA] - 1, seed)

    return one


def visits(hops: int, behaviours: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens that each actor gets, and its mark, by NumPy: token k starts at actor k."""
    counts, marks = np.zeros(ACTORS, np.int64), np.zeros(ACTORS, np.int64)
    seeds, where = np.arange(TOKENS), np.arange(TOKENS)
    for _ in range(hops + 1):
        np.add.at(counts, where, 1)
        np.bitwise_xor.at(marks, where, seeds * (2 * (where % behaviours) + 1))
        seeds = (seeds * MULTIPLIER + INCREMENT) & MASK
        where = (seeds >> 16) % ACTORS
    return counts, marks


def prepare(parameters: Parameters) -> CoreRun:
    """Actors of all behaviours in turn, and a few tokens."""
    number = int(parameters["behaviours"])
    hops = max(1, int(parameters["messages"]) // TOKENS)
    behaviours = [member(k) for k in range(number)]
    system = ActorSystem(behaviours, actors=ACTORS, messages=1 << 16, **options_of(parameters))
    refs = np.array([system.spawn(behaviours[k % number]).value for k in range(ACTORS)])
    for ref in refs:
        system.state(ref)[0] = refs.min()
    counts, marks = visits(hops, number)

    def reset() -> None:
        for ref in refs:
            system.state(ref)[1:3] = 0

    def start() -> None:
        for k in range(TOKENS):
            system.tell(int(refs[k]), HOP, hops, k)

    def check() -> str | None:
        for k, ref in enumerate(refs):
            found, mark = system.state(ref)[1:3].tolist()
            wrong = expect(f"visits of actor {k}", found, int(counts[k])) or expect(
                f"the mark of actor {k}", mark, int(marks[k])
            )
            if wrong:
                return wrong
        return None

    return CoreRun(
        system,
        start=start,
        check=check,
        messages=TOKENS * (hops + 1),
        finishes=TOKENS,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="dispatch",
        purpose="calling the behaviour of an actor that is another one for every message",
        category=Category.MICRO,
        parameters=(
            Parameter("behaviours", 4, "behaviours, met at random", 1, 64),
            Parameter("messages", 500_000, "messages handled", 1, 10**8, quick=50_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-call",),
    ),
)
