"""A behaviour gives way: others run before its actor's next message."""

import pytest
from zbench.core import HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.memory import atomics

pytestmark = pytest.mark.compiles

POLITE, RUDE, LOOK, COME = range(4)


@behaviour
def host(ctx: Context, state: Words, message: Words) -> None:
    """Send COME to state[0] and LOOK to itself; for LOOK, note the time in state[1]."""
    kind = kind_of(message[HEADER])
    if kind == LOOK:
        state[1] = atomics.clock_ns()
    else:
        ctx.send(state[0], COME)
        ctx.send(ctx.self_ref(), LOOK)
        if kind == POLITE:
            ctx.give_way()


@behaviour
def guest(ctx: Context, state: Words, message: Words) -> None:
    """Note the time."""
    state[1] = atomics.clock_ns()


@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize("kind", [POLITE, RUDE])
def test_others_run_before_the_next_message_of_an_actor_that_gives_way(kind, supervised):
    with ActorSystem([host, guest], workers=1, actors=4, supervised=supervised) as system:
        comes = system.spawn(guest)
        invites = system.spawn(host, comes.value)
        invites.tell(kind)
        system.await_rest(20)
        guest_first = system.state(comes)[1] < system.state(invites)[1]
        assert guest_first == (kind == POLITE)
        assert system.counters()["processed"] == 3
