"""Behaviours that the core's tests share, so that they are compiled once."""

from zbench.core import DATA, SENDER, Context, Words, behaviour, kind_of
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot

COUNT = 1
STOP = 2
RAISE = 3
SPAWN = 4
FLOOD = 5
ORDERED = 6
STRESS = 7
STOP_THEN = 8
REPLY = 9
HIGHEST = 65_535
CHILD = 0  # index of `actor` in BEHAVIOURS


@behaviour
def actor(ctx: Context, state: Words, message: Words) -> None:  # noqa: C901  many kinds
    """state: messages counted, children or order errors, next number expected, -."""
    kind = kind_of(message[message_slot.HEADER])
    if kind in (COUNT, HIGHEST):
        state[0] += 1
    elif kind == STOP:
        ctx.stop()
    elif kind == RAISE:
        raise ValueError("asked to")
    elif kind == SPAWN:
        for _ in range(message[DATA]):
            child = ctx.spawn(CHILD)
            if child >= 0:
                state[1] += 1
                ctx.send(child, COUNT)
    elif kind == STOP_THEN:
        # Sends itself that many messages of a kind, which become dead letters.
        for _ in range(message[DATA]):
            ctx.send(ctx.self_ref(), message[DATA + 1])
        ctx.stop()
    elif kind == REPLY:
        ctx.reply(COUNT)
    elif kind == FLOOD:
        for k in range(message[DATA + 1]):
            ctx.send(message[DATA], ORDERED, k)
        ctx.finish()
    elif kind == ORDERED:
        state[1] += message[DATA] != state[2]
        state[2] = message[DATA] + 1
        state[0] += 1


@behaviour
def stressed(ctx: Context, state: Words, message: Words) -> None:
    """Pass messages on at random; check that no other worker runs this actor.

    state: seed, messages handled, double runs seen, 1 while running, first ref, number
    of actors.
    """
    if atomics.exchange(state, 3, 1) != 0:
        state[2] += 1
    state[1] += 1
    seed = (state[0] * 1_103_515_245 + 12_345) & ((1 << 31) - 1)
    state[0] = seed
    hops = message[DATA]
    if hops > 0:
        ctx.send(state[4] + (seed >> 8) % state[5], STRESS, hops - 1)
        if seed % 64 == 0:
            # A child that counts its one message and stops.
            child = ctx.spawn(CHILD)
            if child >= 0:
                ctx.send(child, COUNT)
                ctx.send(child, STOP)
    atomics.store_release(state, 3, 0)


@behaviour
def turbulent(ctx: Context, state: Words, message: Words) -> None:
    """Pass messages on at random; now and then raise, fail, stop, spawn, kill a child.

    state: seed, -, double runs seen, 1 while running, first ref, number of actors, and
    n: only one of n + 1 calls of fail and stop takes place.
    """
    if atomics.exchange(state, 3, 1) != 0:
        state[2] += 1
    # A restart brings the first seed back, so the message's seed goes in too.
    seed = ((state[0] ^ message[DATA + 1]) * 1_103_515_245 + 12_345) & ((1 << 31) - 1)
    state[0] = seed
    hops = message[DATA]
    roll = (seed >> 16) % 1024
    if hops > 0:
        ctx.send(state[4] + (seed >> 8) % state[5], STRESS, hops - 1, seed)
        if roll < 16:
            child = ctx.spawn(TURBULENT_CHILD, 0, state[4], state[5])
            if child >= 0:
                ctx.send(child, STRESS, roll % 4, seed)
                if roll % 2 == 0:
                    ctx.stop_child(child)
                else:
                    ctx.poison(child)
    atomics.store_release(state, 3, 0)
    if 16 <= roll < 26:
        raise ValueError("now and then")
    if seed % (state[6] + 1) != 0:
        return
    if 26 <= roll < 36:
        ctx.fail(1 + roll % 7)
    elif roll == 36 and hops > 1000:
        ctx.stop()


@behaviour
def turbulent_child(ctx: Context, state: Words, message: Words) -> None:
    """Send one message on, and fail in one of four ways."""
    ctx.send(state[1] + message[DATA + 1] % state[2], STRESS, 0, message[DATA + 1])
    if message[DATA] == 1:
        ctx.spawn(TURBULENT_CHILD, 0, state[1], state[2])
    elif message[DATA] > 1:
        ctx.fail(message[DATA])


TURBULENT_CHILD = 1
BEHAVIOURS = (actor, stressed)
__all__ = ["BEHAVIOURS", "SENDER", "actor", "stressed"]
