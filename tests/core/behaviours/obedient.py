"""A behaviour that does what a message says, with the integers that the message gives."""

from zbench.core import (
    DATA,
    HEADER,
    SENDER,
    ActorSystem,
    BlockPool,
    Context,
    Directory,
    Props,
    Supervisor,
    Words,
    behaviour,
    kind_of,
)

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
KEEP_EVERY, CHILD_AT_END, LATER, ANSWER_LATER = range(17, 21)
OBEDIENT, DEAF = 0, 1  # indices of behaviours

# Words of state.
DONE, RESULT, STRAY, WISH, CHILD, KEPT, LATE_ONES, ANSWERS = range(8)


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
        if operation > FAIL:
            _with_state(ctx, state, operation, message[DATA + 1])
        elif operation < WATCH:
            state[RESULT] = _with_actors(ctx, operation, message[DATA + 1], message[DATA + 2])
        elif operation < ALLOCATE:
            state[RESULT] = _with_handles(ctx, operation, message[DATA + 1], message[DATA + 2])
        else:
            state[RESULT] = _with_blocks(ctx, operation, message[DATA + 1], message[DATA + 2])
        state[DONE] += 1
        return
    state[LATE_ONES] += kind == LATE
    state[ANSWERS] += kind == ANSWER
    if kind != TOLD and kind != LATE and kind != ANSWER and message[DATA] != me:
        state[STRAY] += 1
    if message[DATA + 1] == ASKED:
        if state[WISH] == LATER:
            state[KEPT] = message[SENDER]
        else:
            ctx.reply(ANSWER)


@behaviour
def _with_state(ctx: Context, state: Words, operation: int, x: int) -> None:
    """Note a wish for later, or what a test alone needs."""
    if operation == KEEP_EVERY:
        state[RESULT] = ctx.every(x, 1, ctx.self_ref())
    elif operation == ANSWER_LATER:
        ctx.send(state[KEPT], ANSWER, ctx.self_ref())
    else:
        state[WISH] = operation


@behaviour
def last_words(ctx: Context, state: Words) -> None:
    """At its end, an actor that was told to spawns a child, and becomes nothing known."""
    if state[WISH] == CHILD_AT_END:
        state[CHILD] = ctx.spawn(DEAF)
        ctx.become(-1)


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


ROOM = 40
FORMS = {
    "supervised, specialised": {"supervised": True, "dispatch": "specialised"},
    "unsupervised, table, checked": {"supervised": False, "dispatch": "table", "checked": True},
}


def system_of(workers, form):
    """A system with all options that operations need, and its block pool."""
    pool = BlockPool(workers, {64: ROOM, 256: ROOM})
    options = FORMS[form]
    system = ActorSystem(
        [Props(obedient, post_stop=last_words if options["supervised"] else None), Props(deaf)],
        workers=workers,
        actors=ROOM,
        guardian=Supervisor("resume"),
        timers=ROOM,
        watches=ROOM,
        questions=ROOM,
        system_messages=1000,
        blocks=pool,
        directory=Directory(8, workers),
        routers=2,
        pin=False,
        **options,
    )
    return system, pool


def obey(system, who, operation, x=0, y=0):
    """Have an actor do one operation; its result."""
    system.tell(who, OBEY, operation, x, y, KEY)
    system.await_rest(20)
    return int(system.state(who)[RESULT])
