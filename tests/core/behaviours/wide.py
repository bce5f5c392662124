"""Behaviours for wide messages, shared so that they are compiled once."""

from zbench.core import DATA, HEADER, Context, Message, Words, behaviour, kind_of

WIDE, NARROW, FLOOD, ECHO, HOLD, LET_GO, STOP, RECORD, ECHO_SIX = range(1, 10)
FIRST = 4  # word of state where the recorded first words of messages start

record = Message(RECORD, [("first", "i8"), ("many", "f8", (12,)), ("last", "i4")], inline=112)


@behaviour
def sink(ctx: Context, state: Words, message: Words) -> None:
    """Check that word k of a message is its first word + k; record the first word.

    state: 1 while messages are stashed, messages right, messages wrong; first words.
    """
    kind = kind_of(message[HEADER])
    first = message[DATA]
    if kind == HOLD:
        state[0] = 1
    elif kind == LET_GO:
        state[0] = 0
        ctx.unstash()
    elif kind == STOP:
        ctx.stop()
    elif kind == ECHO:
        m = message[DATA:]
        ctx.reply_wide(
            ECHO,
            (
                m[0],
                m[1],
                m[2],
                m[3],
                m[4],
                m[5],
                m[6],
                m[7],
                m[8],
                m[9],
                m[10],
                m[11],
                m[12],
                m[13],
            ),
        )
    elif kind == ECHO_SIX:
        ctx.reply(ECHO_SIX, first, 5)
    elif state[0] == 1:
        ctx.stash()
    elif kind == RECORD:
        got = record.of(message)
        state[1 if got.many[11] == 2.5 and got.last == -9 else 2] += 1
    else:
        right = len(message) == DATA + 14
        for k in range(14):
            wanted = first + k if kind == WIDE or k < 6 else 0
            right = right and message[DATA + k] == wanted
        if FIRST + state[1] < len(state):
            state[FIRST + state[1]] = first
        state[1 if right else 2] += 1


@behaviour
def flooder(ctx: Context, state: Words, message: Words) -> None:
    """Send a number of messages of each width to an actor, then a typed message."""
    to = message[DATA]
    for k in range(message[DATA + 1]):
        a = 100 * k
        ctx.send_wide(
            to,
            WIDE,
            (
                a,
                a + 1,
                a + 2,
                a + 3,
                a + 4,
                a + 5,
                a + 6,
                a + 7,
                a + 8,
                a + 9,
                a + 10,
                a + 11,
                a + 12,
                a + 13,
            ),
        )
        ctx.send(to, NARROW, a, a + 1, a + 2, a + 3, a + 4, a + 5)
    many = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.5)
    ctx.send_wide(to, RECORD, record.pack(message[DATA + 2], many, -9))


@behaviour
def narrow_sender(ctx: Context, state: Words, message: Words) -> None:
    """Send 14 words, perhaps in a system whose messages have six."""
    ctx.send_wide(ctx.self_ref(), WIDE, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14))


@behaviour
def short_sender(ctx: Context, state: Words, message: Words) -> None:
    """Send fewer words than a wide message has."""
    ctx.send_wide(ctx.self_ref(), WIDE, (1, 2, 3))
