"""chameneos: creatures meet in pairs at one mall, whose mailbox all of them contend for."""

import numpy as np
from zbench.core import DATA, HEADER, SENDER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import kernel
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, options_of, spawn_row

START = 0
MEET = 1
MATCH = 2
CHANGE = 3
EXIT = 4
COUNT = 5
NOBODY = -1
COLOURS = 3


@behaviour
def mall(ctx: Context, state: Words, message: Words) -> None:
    """Pair each creature that comes with the waiting one.

    State: meetings left, the waiting creature, counts yet to come, their sum.
    """
    if kind_of(message[HEADER]) == COUNT:
        state[3] += message[DATA]
        state[2] -= 1
        if state[2] == 0:
            ctx.finish()
    elif state[0] == 0:
        ctx.reply(EXIT)
    elif state[1] == NOBODY:
        state[1] = message[SENDER]
    else:
        state[0] -= 1
        ctx.send(state[1], MATCH, message[DATA], message[SENDER])
        state[1] = NOBODY


@behaviour
def creature(ctx: Context, state: Words, message: Words) -> None:
    """Meet others, and change colour each time. State: colour, meetings, mall."""
    kind = kind_of(message[HEADER])
    if kind == EXIT:
        ctx.reply(COUNT, state[1])
    else:
        if kind == MATCH:
            state[0] = complement(state[0], message[DATA])
            state[1] += 1
            ctx.send(message[DATA + 1], CHANGE, state[0])
        elif kind == CHANGE:
            state[0] = message[DATA]
            state[1] += 1
        ctx.send(state[2], MEET, state[0])


@kernel
def complement(a: int, b: int) -> int:
    """Colour of two after they have met: the same if they were equal, else the third."""
    return a if a == b else COLOURS - a - b


def prepare(parameters: Parameters) -> CoreRun:
    """One mall and its creatures."""
    creatures = int(parameters["creatures"])
    meetings = int(parameters["meetings"])
    system = ActorSystem(
        [mall, creature],
        actors=creatures + 1,
        messages=128 * creatures + (1 << 16),
        **options_of(parameters),
    )
    meeting_place = system.spawn(mall)
    first, states = spawn_row(system, creature, creatures, 0, 0, meeting_place.value)
    mall_state = system.state(meeting_place)

    def reset() -> None:
        mall_state[:4] = meetings, NOBODY, creatures, 0
        states[:, 0] = np.arange(creatures) % COLOURS
        states[:, 1] = 0

    return CoreRun(
        system,
        start=lambda: system.tell_many(np.arange(first, first + creatures), START),
        messages=4 * meetings + 4 * creatures,
        answer=lambda: int(mall_state[3]),
        wanted=2 * meetings,
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="chameneos",
        purpose="creatures meet at one mall: many senders contend for one mailbox",
        category=Category.MICRO,
        parameters=(
            Parameter("creatures", 100, "creatures", 2, 100_000),
            Parameter("meetings", 200_000, "meetings of two", 0, 10**8, quick=20_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
