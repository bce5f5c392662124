"""router: messages through a router, against a sender that knows its receivers."""

import numpy as np
from zbench.core import DATA, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.delivery.routers import STRATEGIES
from zbench.core.memory.layout import message_slot
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

NEXT = 1
ROUTED = 2
LAST = 3
DIRECT = "direct"


@behaviour
def sender(ctx: Context, state: Words, message: Words) -> None:
    """Send numbers from state[0] down to 1, state[1] at a time; then LAST to each receiver.

    They go to state[2] + number % state[3]: a router and 1, or the first receiver and the
    number of receivers. state[4] and state[5] are always the latter two.
    """
    for _ in range(min(state[0], state[1])):
        ctx.send(state[2] + state[0] % state[3], ROUTED, state[0])
        state[0] -= 1
    if state[0] > 0:
        ctx.send(ctx.self_ref(), NEXT)
    else:
        for k in range(state[5]):
            ctx.send(state[4] + k, LAST)


@behaviour
def receiver(ctx: Context, state: Words, message: Words) -> None:
    """Count in state[0], add up the numbers in state[1]."""
    if kind_of(message[message_slot.HEADER]) == ROUTED:
        state[0] += 1
        state[1] += message[DATA]
    else:
        ctx.finish()


def prepare(parameters: Parameters) -> CoreRun:
    """One sender and its receivers, with or without a router between them."""
    strategy, routees = str(parameters["strategy"]), int(parameters["routees"])
    copies = routees if strategy == "broadcast" else 1
    sends = max(1, int(parameters["messages"]) // copies)
    burst = int(parameters["burst"])
    system = ActorSystem(
        [sender, receiver],
        actors=routees + 1,
        messages=sends * copies + (1 << 16),
        routers=1,
        routees=routees,
        **options_of(parameters),
    )
    refs = system.spawn_many(receiver, routees)
    to, apart = int(refs[0]), routees
    if strategy != DIRECT:
        to, apart = system.router(strategy, refs, room=routees).value, 1  # type: ignore[arg-type]
    sends_all = system.spawn(sender, sends, burst, to, apart, int(refs[0]), routees)

    def reset() -> None:
        system.state(sends_all)[0] = sends
        for ref in refs:
            system.state(ref)[:2] = 0

    def check() -> str | None:
        counts, sums = np.array([system.state(ref)[:2] for ref in refs]).T
        wrong = expect("messages received", int(counts.sum()), sends * copies) or expect(
            "the sum of their numbers", int(sums.sum()), copies * sends * (sends + 1) // 2
        )
        if wrong is None and strategy in ("round-robin", DIRECT):
            wrong = expect("the largest share", int(counts.max()), -(-sends // routees))
        return wrong

    return CoreRun(
        system,
        start=lambda: sends_all.tell(NEXT),
        check=check,
        messages=sends * copies + -(-sends // burst) + routees,
        finishes=routees,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="router",
        purpose="what a router adds to a message, by strategy; direct is without one",
        category=Category.MICRO,
        parameters=(
            Parameter(
                "strategy", "round-robin", "who gets a message", choices=(DIRECT, *STRATEGIES)
            ),
            Parameter("routees", 8, "actors behind the router", 1, 10_000),
            Parameter("messages", 1_000_000, "messages received", 1, 10**8, quick=100_000),
            Parameter("burst", 256, "messages sent before others get their turn", 1, 10**8),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
