"""A behaviour with hooks that the tests of the lifecycle share; it is compiled once."""

from zbench.core import DATA, Context, Props, Supervisor, Words, behaviour

RAISE = 1
FAIL = 2
SPAWN = 3  # a child with the behaviour of that index; its ref is noted
FORWARD = 4  # the kind and words that follow, to the child noted last
STOP = 5
COUNT = 6
STOP_CHILD = 7

# Words of state.
COUNTED = 0
LAST_CHILD = 1
STARTED = 2
ENDED = 3  # ref of an actor that gets a message from each hook
HOOK = 100  # kind: + number of the hook


@behaviour
def receive(ctx: Context, state: Words, message: Words) -> None:
    """Count, and carry out the message's request."""
    kind = message[0] & 0xFFFF
    state[COUNTED] += 1
    if kind == RAISE:
        raise ValueError("asked to")
    if kind == FAIL:
        ctx.fail(message[DATA])
    elif kind == SPAWN:
        state[LAST_CHILD] = ctx.spawn(message[DATA], 0, 0, 0, state[ENDED])
    elif kind == FORWARD:
        ctx.send(state[LAST_CHILD], message[DATA], message[DATA + 1], message[DATA + 2])
    elif kind == STOP:
        ctx.stop()
    elif kind == STOP_CHILD:
        ctx.stop_child(state[LAST_CHILD])


@behaviour
def pre_start(ctx: Context, state: Words) -> None:
    """Note the start."""
    state[STARTED] += 1
    if state[ENDED] != 0:
        ctx.send(state[ENDED], HOOK, ctx.self_ref())


@behaviour
def post_stop(ctx: Context, state: Words) -> None:
    """Note the end."""
    if state[ENDED] != 0:
        ctx.send(state[ENDED], HOOK + 1, ctx.self_ref(), state[COUNTED])


@behaviour
def pre_restart(ctx: Context, state: Words) -> None:
    """Note the end of the state."""
    if state[ENDED] != 0:
        ctx.send(state[ENDED], HOOK + 2, ctx.self_ref(), state[COUNTED])


@behaviour
def post_restart(ctx: Context, state: Words) -> None:
    """Note the new start."""
    state[STARTED] += 1
    if state[ENDED] != 0:
        ctx.send(state[ENDED], HOOK + 3, ctx.self_ref())


@behaviour
def diary(ctx: Context, state: Words, message: Words) -> None:
    """Record each hook and its actor: {kind, slot} from word 1 on; word 0 counts."""
    k = state[0]
    state[0] += 1
    if 1 + k < len(state):
        state[1 + k] = ((message[0] & 0xFFFF) << 32) | (message[DATA] & 0xFFFFFFFF)


def props(supervisor: Supervisor) -> Props:
    """The behaviour with all of its hooks."""
    return Props(receive, pre_start, post_stop, pre_restart, post_restart, supervisor)
