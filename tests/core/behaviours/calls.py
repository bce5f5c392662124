"""An actor for Python's calls, and a system with every option that they need."""

import functools

from zbench.core import DATA, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot

COUNT, REPLY, FINISH, HOLD = 1, 2, 3, 4
RELEASED = 1  # word of state that ends HOLD


@behaviour
def called(ctx: Context, state: Words, message: Words) -> None:
    """state: messages, whether to return from HOLD, the last word of data."""
    kind = kind_of(message[message_slot.HEADER])
    state[0] += 1
    state[2] = message[DATA]
    if kind == REPLY:
        ctx.reply(REPLY, message[DATA])
    elif kind == FINISH:
        ctx.finish()
    elif kind == HOLD:
        while atomics.load_relaxed(state, RELEASED) == 0:
            atomics.pause()


# Each test file makes its systems of these, so that they are compiled once.
system_of = functools.partial(
    ActorSystem,
    [called],
    workers=1,
    actors=100,
    supervised=True,
    timers=100,
    asks=8,
    watches=8,
    routers=4,
    system_messages=16,
)


def release(system, ref):
    """Let a behaviour return from HOLD."""
    system._tables.state.reshape(-1, system._tables.state_words)[ref.value & SLOT_MASK][1] = 1
