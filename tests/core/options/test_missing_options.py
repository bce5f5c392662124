"""A behaviour that uses a missing option is refused; the error names the option."""

import pytest
from zbench.core import ActorSystem, Context, MissingTablesError, Words, behaviour
from zbench.core.compile.kernel import INTERPRETED

pytestmark = pytest.mark.compiles


@behaviour
def hoarder(ctx: Context, state: Words, message: Words) -> None:
    """Stash everything."""
    ctx.stash()


@behaviour
def mourner(ctx: Context, state: Words, message: Words) -> None:
    """Watch itself."""
    ctx.watch(ctx.self_ref(), 1)


@behaviour
def asker(ctx: Context, state: Words, message: Words) -> None:
    """Ask itself."""
    ctx.ask(ctx.self_ref(), 1)


@behaviour
def pusher(ctx: Context, state: Words, message: Words) -> None:
    """Send itself a system message."""
    ctx.send_system(ctx.self_ref(), 1)


@behaviour
def sleeper(ctx: Context, state: Words, message: Words) -> None:
    """Wake itself later."""
    ctx.after(0, 1)


@behaviour
def ticker(ctx: Context, state: Words, message: Words) -> None:
    """Wake itself again and again."""
    ctx.every(1_000_000, 1)


@behaviour
def canceller(ctx: Context, state: Words, message: Words) -> None:
    """Cancel a timer that nobody can have set."""
    ctx.cancel(state[0])


@pytest.mark.parametrize(
    ("eager", "missing"),
    [
        (hoarder, "ctx.stash needs ActorSystem(..., stash=10_000)"),
        (mourner, "ctx.watch needs ActorSystem(..., watches=10_000)"),
        (asker, "ctx.ask needs ActorSystem(..., questions=10_000)"),
        (sleeper, "ctx.after needs ActorSystem(..., timers=10_000)"),
        (ticker, "ctx.every needs ActorSystem(..., timers=10_000)"),
        (canceller, "ctx.cancel needs ActorSystem(..., timers=10_000)"),
        (pusher, "ctx.send_system needs ActorSystem(..., system_messages=10_000)"),
    ],
)
def test_a_missing_option_is_named(eager, missing):
    if INTERPRETED:
        with ActorSystem([eager], workers=1) as system:
            system.spawn(eager).tell(1)
            system.await_rest()
            assert missing in str(system.faults()[0])
        return
    with pytest.raises(MissingTablesError) as refused:
        ActorSystem([eager], workers=1)
    assert missing in str(refused.value)
    assert len(refused.traceback) < 12, "numba's own lines hide the message"
