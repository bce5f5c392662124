"""A worker whose behaviour floods a mailbox runs the receiver in between."""

import pytest
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.compile.kernel import INTERPRETED

from tests.core.behaviours import common as b

pytestmark = pytest.mark.compiles

FLOOD = 20_000 if INTERPRETED else 1_000_000
ROOM = 4096  # messages, far less


@behaviour
def flooder(ctx: Context, state: Words, message: Words) -> None:
    """Request to stop, then send state[0] messages to state[1]."""
    ctx.stop()
    for _ in range(state[0]):
        ctx.send(state[1], b.COUNT)


@pytest.mark.parametrize("dispatch", ["specialised", "table"])
@pytest.mark.parametrize("supervised", [False, True])
def test_a_flood_needs_no_more_room_than_its_receiver_is_behind(dispatch, supervised):
    with ActorSystem(
        [b.actor, flooder],
        workers=1,
        actors=8,
        messages=ROOM,
        dispatch=dispatch,
        supervised=supervised,
    ) as system:
        receiver = system.spawn(b.actor)
        floods = system.spawn(flooder, FLOOD, receiver.value)
        floods.tell(0)
        system.await_rest(60)
        counted = system.counters()
        assert counted["refused"] == 0
        assert counted["sent"] == counted["processed"] == FLOOD + 1
        assert int(system.state(receiver)[0]) == FLOOD
        assert system.is_alive(receiver.value), "it does not stop in the flooder's place"
        assert not system.is_alive(floods.value)
        assert counted["stopped"] == 1
