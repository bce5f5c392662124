"""Behaviours with stash and system messages, shared so that they are compiled once."""

from zbench.core import DATA, HEADER, Context, Words, behaviour, is_system, kind_of

OPEN, CLOSE, ITEM, RAISE, TWICE, FLOOD, ITEM_TO_HOOK = range(1, 8)
FIRST = 4  # word of state where recorded items start


@behaviour
def door(ctx: Context, state: Words, message: Words) -> None:
    """Record items while open, stash them while closed.

    state: 1 while open, items recorded, refused by the stash, system messages; items.
    """
    kind = kind_of(message[HEADER])
    state[3] += is_system(message)
    if kind == OPEN:
        state[0] = 1
        ctx.unstash()
    elif kind == CLOSE:
        state[0] = 0
    elif kind == RAISE:
        raise ValueError("asked to")
    elif kind == TWICE:
        ctx.stash()
        ctx.stash()
    elif kind == FLOOD:
        for k in range(message[DATA + 1]):
            ctx.send(message[DATA], ITEM, k)
        ctx.send_system(message[DATA], ITEM, -1)
        ctx.send_system(message[DATA], ITEM, -2)
    elif state[0] == 0:
        state[2] += not ctx.stash()
    else:
        if FIRST + state[1] < len(state):
            state[FIRST + state[1]] = message[DATA]
        state[1] += 1
        # If an unstashed item closes the door again, the rest must be stashed again.
        if message[DATA + 1] == CLOSE:
            state[0] = 0
