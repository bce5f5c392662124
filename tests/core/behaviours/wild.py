"""A behaviour that uses all operations of an actor at random, for the stress test."""

from zbench.core import DATA, HEADER, SENDER, Context, Words, behaviour, kind_of
from zbench.core.memory import atomics

GO, QUESTION, REPLY, LATE, ENDED, SETTLE = range(1, 7)
WILD, CHILD = 0, 1  # indices of behaviours

# Words of state.
SEED, ASKED, DOUBLE_RUNS, RUNNING, FIRST, ACTORS, ANSWERED, WATCHED, TOLD, FRAGILE = range(10)


@behaviour
def wild(ctx: Context, state: Words, message: Words) -> None:
    """Pass messages on; now and then ask, watch, stash, send system messages, become, raise."""
    if atomics.exchange(state, RUNNING, 1) != 0:
        state[DOUBLE_RUNS] += 1
    kind = kind_of(message[HEADER])
    seed = ((state[SEED] ^ message[DATA + 1]) * 1_103_515_245 + 12_345) & ((1 << 31) - 1)
    state[SEED] = seed
    to = state[FIRST] + (seed >> 8) % state[ACTORS]
    roll = (seed >> 16) % 256
    if kind == QUESTION:
        if roll % 4 != 0:
            ctx.reply(REPLY, 0, seed)
    elif kind in (REPLY, LATE):
        state[ANSWERED] += 1
    elif kind == ENDED:
        state[TOLD] += 1
    elif kind == SETTLE:
        ctx.unstash()
    elif message[DATA] > 0:
        _go_on(ctx, state, message, to, seed, roll)
    elif roll < 200:
        ctx.unstash()
    atomics.store_release(state, RUNNING, 0)
    # Unsupervised, a raise ends the actor, so it is rare.
    if kind == GO and roll == 255 and (state[FRAGILE] == 1 or (seed >> 24) % 16 == 0):
        raise ValueError("now and then")


@behaviour
def _go_on(ctx: Context, state: Words, message: Words, to: int, seed: int, roll: int) -> None:
    """Do one thing, and send the message on."""
    hops = message[DATA] - 1
    if roll < 24 and message[SENDER] != -1 and ctx.stash():
        return
    if roll < 48:
        ctx.unstash()
    elif roll < 72:
        # Some of the time-outs are due at once.
        wait = 0 if roll < 60 else 1_000_000
        state[ASKED] += ctx.ask(to, QUESTION, 0, seed, timeout_ns=wait, late=LATE) != -1
    elif roll < 88:
        child = ctx.spawn(CHILD)
        if child >= 0:
            watch = ctx.watch(child, ENDED)
            state[WATCHED] += watch != -1
            if roll % 4 == 0 and watch != -1:
                state[WATCHED] -= ctx.unwatch(watch)
            ctx.send(child, GO, 3, seed)
            ctx.send_system(child, GO, roll % 8, seed)
            ctx.poison(child)
    elif roll < 96:
        ctx.become(WILD)
    if roll % 2 == 0:
        ctx.send(to, GO, hops, seed)
    else:
        ctx.send_system(to, GO, hops, seed)


@behaviour
def wild_child(ctx: Context, state: Words, message: Words) -> None:
    """Stash, unstash, stop or fail, as the message's first word says."""
    whim = message[DATA]
    if whim == 0:
        ctx.stop()
    elif whim == 1:
        raise ValueError("a child's whim")
    elif whim == 2:
        ctx.unstash()
    else:
        ctx.stash()
