import pytest
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.metrics.clock import ticks


@behaviour
def watching(ctx: Context, state: Words, message: Words) -> None:
    state[0] = ticks()
    ctx.finish()


@pytest.mark.compiles
def test_python_and_behaviours_read_the_same_clock():
    with ActorSystem([watching], workers=1) as system:
        ref = system.spawn(watching)
        before = ticks()
        ref.tell(1)
        system.wait()
        assert before < system.state(ref)[0] < ticks()
