"""Behaviours of the schedulers' tests, compiled once for each scheduler policy."""

from zbench.core import DATA, Context, Props, Words, behaviour, kind_of
from zbench.core.memory.layout import message_slot

from tests.core.behaviours import common as b

FLOOD = 20
WORK = 21


@behaviour
def flooder(ctx: Context, state: Words, message: Words) -> None:
    """Pass every message on to state[1], or to itself if that is 0, until state[0] is set."""
    state[2] += 1
    if state[0] == 0:
        ctx.send(state[1] if state[1] != 0 else ctx.self_ref(), FLOOD)


@behaviour
def victim(ctx: Context, state: Words, message: Words) -> None:
    """Count; every message calls finish. WORK computes for a number of steps."""
    state[0] += 1
    if kind_of(message[message_slot.HEADER]) == WORK:
        value = state[1]
        for _ in range(message[DATA]):
            value = (value * 1_103_515_245 + 12_345) & ((1 << 31) - 1)
        state[1] = value
    ctx.finish()


@behaviour
def flushed(ctx: Context, state: Words, message: Words) -> None:
    """Count messages: state[0] since the hook, state[1] in all. STOP stops, RAISE raises."""
    state[0] += 1
    state[1] += 1
    kind = kind_of(message[message_slot.HEADER])
    if kind == b.STOP:
        ctx.stop()
    elif kind == b.RAISE:
        raise ValueError("asked to")
    elif kind == b.FLOOD:
        for _ in range(message[DATA]):
            ctx.send(ctx.self_ref(), b.COUNT)


@behaviour
def flush(ctx: Context, state: Words) -> None:
    """Note the batch's size: state[2] batches, state[3] the largest, state[4] the sum.

    state[5] is the action of the hook: 1 stop, 2 raise, 3 reply, 4 send to itself.
    """
    state[2] += 1
    state[3] = max(state[3], state[0])
    state[4] += state[0]
    state[0] = 0
    wish = state[5]
    state[5] = 0
    if wish == 1:
        ctx.stop()
    elif wish == 2:
        raise ValueError("the hook was asked to")
    elif wish == 3:
        ctx.reply(b.COUNT)
    elif wish == 4:
        ctx.send(ctx.self_ref(), b.COUNT)


ACTOR = Props(b.actor)
HIGH = Props(b.stressed, priority="high")
LOW = Props(b.stressed, priority="low")
FLOODER = Props(flooder, priority="critical")
VICTIM = Props(victim, priority="low")
BEHAVIOURS = (ACTOR, HIGH, LOW, FLOODER, VICTIM)
