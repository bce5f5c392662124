"""counting: a one-way flood from one producer to one counter."""

from zbench.core import DATA, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.memory.layout import message_slot
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import MESSAGE_BYTES, OPTIONS, CoreRun, options_of

START = 0
INCREMENT = 1
RETRIEVE = 2
RESULT = 3


@behaviour
def producer(ctx: Context, state: Words, message: Words) -> None:
    """Send state[0] increments to state[1], ask for the count, keep it in state[2]."""
    if kind_of(message[message_slot.HEADER]) == START:
        for _ in range(state[0]):
            ctx.send(state[1], INCREMENT)
        ctx.send(state[1], RETRIEVE)
    else:
        state[2] = message[DATA]
        ctx.finish()


@behaviour
def counter(ctx: Context, state: Words, message: Words) -> None:
    """Count increments in state[0]; when asked, answer with the count and start again."""
    if kind_of(message[message_slot.HEADER]) == INCREMENT:
        state[0] += 1
    else:
        ctx.reply(RESULT, state[0])
        state[0] = 0


def prepare(parameters: Parameters) -> CoreRun:
    """One producer and one counter."""
    messages = int(parameters["messages"])
    system = ActorSystem(
        [producer, counter],
        actors=2,
        messages=messages + (1 << 16),
        message_bytes=int(parameters["message_bytes"]),
        **options_of(parameters),
    )
    counts = system.spawn(counter)
    produces = system.spawn(producer, messages, counts.value)

    return CoreRun(
        system,
        start=lambda: produces.tell(START),
        answer=lambda: int(system.state(produces)[2]),
        wanted=messages,
        messages=messages + 3,
    )


SCENARIOS = (
    Scenario(
        name="counting",
        purpose="one producer floods one counter: mailbox growth and rate of one receiver",
        category=Category.MICRO,
        parameters=(
            Parameter("messages", 1_000_000, "increments sent", 1, 10**8, quick=100_000),
            MESSAGE_BYTES,
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
