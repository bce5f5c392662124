"""A behaviour that does what a message says, with the integers that the message gives."""

from zbench.core import DATA, HEADER, Context, Words, behaviour, kind_of

OBEY = 7  # kind of such a message; DATA: operation, x, y, KEY
KEY = 0x0BE1
ANSWER, LATE, TOLD = 101, 102, 103
ASKED = 0x0A5C  # second word of a question
FOREVER = 10**18  # ns, a time-out

(
    SEND,
    SEND_SYSTEM,
    SPAWN,
    BECOME,
    STOP_CHILD,
    POISON,
    WATCH,
    UNWATCH,
    ASK,
    AFTER,
    EVERY,
    CANCEL,
    ALLOCATE,
    FREE,
    TOUCH,
    LOOKUP,
    FAIL,
) = range(17)
OPERATIONS = range(17)
OBEDIENT, DEAF = 0, 1  # indices of behaviours

# Words of state.
DONE, RESULT, STRAY = range(3)


@behaviour
def obedient(ctx: Context, state: Words, message: Words) -> None:
    """Do the operation, and leave its result in the state.

    Every other message says in its first word for whom it is; one for somebody else is astray.
    """
    kind = kind_of(message[HEADER])
    me = ctx.self_ref()
    if kind == OBEY and message[DATA + 3] == KEY:
        state[RESULT] = -1
        operation = message[DATA]
        if operation < WATCH:
            state[RESULT] = _with_actors(ctx, operation, message[DATA + 1], message[DATA + 2])
        elif operation < ALLOCATE:
            state[RESULT] = _with_handles(ctx, operation, message[DATA + 1], message[DATA + 2])
        else:
            state[RESULT] = _with_blocks(ctx, operation, message[DATA + 1], message[DATA + 2])
        state[DONE] += 1
        return
    if kind != TOLD and kind != LATE and kind != ANSWER and message[DATA] != me:
        state[STRAY] += 1
    if message[DATA + 1] == ASKED:
        ctx.reply(ANSWER)


@behaviour
def deaf(ctx: Context, state: Words, message: Words) -> None:
    """Do nothing, whatever comes."""
    state[DONE] += 1


@behaviour
def _with_actors(ctx: Context, operation: int, x: int, y: int) -> int:
    """Operations that take a reference, or the index of a behaviour."""
    if operation == SEND:
        ctx.send(x, y, x)
    elif operation == SEND_SYSTEM:
        ctx.send_system(x, y, x)
    elif operation == SPAWN:
        return ctx.spawn(x)
    elif operation == BECOME:
        ctx.become(x)
    elif operation == STOP_CHILD:
        ctx.stop_child(x)
    elif operation == POISON:
        ctx.poison(x)
    return -1


@behaviour
def _with_handles(ctx: Context, operation: int, x: int, y: int) -> int:
    """Watches, questions and timers; a timer's own message says for whom it is."""
    if operation == WATCH:
        return ctx.watch(x, TOLD)
    if operation == UNWATCH:
        return int(ctx.unwatch(x))
    if operation == ASK:
        return ctx.ask(x, y, x, ASKED, timeout_ns=FOREVER, late=LATE)
    if operation == AFTER:
        return ctx.after(x, y, ctx.self_ref())
    if operation == EVERY:
        timer = ctx.every(x, y, ctx.self_ref())
        return int(ctx.cancel(timer))
    return int(ctx.cancel(x))


@behaviour
def _with_blocks(ctx: Context, operation: int, x: int, y: int) -> int:
    """Blocks, names and fault codes."""
    if operation == ALLOCATE:
        return ctx.allocate(x, y)
    if operation == FREE:
        return int(ctx.free(x))
    if operation == TOUCH:
        return len(ctx.words(x))
    if operation == LOOKUP:
        return ctx.lookup(x)
    ctx.fail(x)
    return -1
