"""actor-turnover: actors created and stopped again and again; their memory must come back."""

import time

import psutil
from zbench.core import DATA, ActorSystem, Context, Words, behaviour
from zbench.scenarios.base import Category, Parameter, Parameters, Sample, Scenario
from zbench.scenarios.support.core_run import (
    DISPATCH,
    RUN_TIMEOUT_S,
    SUPERVISION,
    expect,
    form_of,
    supervised_of,
)

CREATE = 1
STOP = 2
MEMBER = 1  # index of the behaviour `member`
GROWTH = 0.01  # allowed growth of resident memory from the second round to the last
NOISE_BYTES = 8 << 20  # growth allowed to the interpreter and its libraries


@behaviour
def creator(ctx: Context, state: Words, message: Words) -> None:
    """Create message[DATA] actors, each of which knows the one before; stop them all."""
    before = -1
    for _ in range(message[DATA]):
        before = ctx.spawn(MEMBER, before, ctx.self_ref())
        state[0] += before >= 0
    ctx.send(before, STOP)


@behaviour
def member(ctx: Context, state: Words, message: Words) -> None:
    """Stop, and have the one before stop; the first one finishes the run."""
    if state[0] >= 0:
        ctx.send(state[0], STOP)
    else:
        ctx.finish()
    ctx.stop()


class Turnover:
    """Rounds of creating and stopping in one system; resident memory after each."""

    def __init__(self, parameters: Parameters) -> None:
        self.actors = int(parameters["actors"])
        self.rounds = int(parameters["rounds"])
        self.system = ActorSystem(
            [creator, member],
            workers=1,
            pin=True,
            actors=self.actors + 1,
            messages=1 << 16,
            dispatch=form_of(parameters),
            supervised=supervised_of(parameters),
        )
        self.creator = self.system.spawn(creator)

    def run(self) -> Sample:
        """All rounds; only creating and stopping is timed, not reading the memory."""
        process = psutil.Process()
        resident = []
        elapsed = 0
        made = int(self.system.state(self.creator)[0])
        stopped = self.system.counters()["stopped"]
        for _ in range(self.rounds):
            runs = self.system.finished() + 1
            started_ns = time.perf_counter_ns()
            self.creator.tell(CREATE, self.actors)
            elapsed += self.system.wait(runs, RUN_TIMEOUT_S) - started_ns
            self.system.await_rest(RUN_TIMEOUT_S)
            resident.append(process.memory_info().rss)
        second = resident[min(1, self.rounds - 1)]
        total = self.rounds * self.actors
        error = (
            expect("the number created", int(self.system.state(self.creator)[0]) - made, total)
            or expect("the number stopped", self.system.counters()["stopped"] - stopped, total)
            or _flat(second, resident[-1])
        )
        return Sample(
            elapsed_ns=elapsed,
            messages=total,
            error=error,
            checked=True,
            extra={
                "resident_mib": resident[-1] / (1 << 20),
                "growth_mib": (resident[-1] - second) / (1 << 20),
            },
        )

    def close(self) -> None:
        """Stop the worker."""
        self.system.stop()


def _flat(second: int, last: int) -> str | None:
    """The error if resident memory grew after the second round, else None."""
    if last <= second * (1 + GROWTH) + NOISE_BYTES:
        return None
    mib = 1 << 20
    return f"resident memory grew from {second // mib} MiB in round 2 to {last // mib} MiB"


SCENARIOS = (
    Scenario(
        name="actor-turnover",
        purpose="actors created and stopped in rounds; a 'message' here is one actor's life",
        category=Category.STRESS,
        parameters=(
            Parameter("actors", 1_000_000, "actors alive at once", 1, 10**7, quick=100_000),
            Parameter("rounds", 10, "times they are created and stopped", 1, 10_000),
            DISPATCH,
            SUPERVISION,
        ),
        prepare=Turnover,
        extras={
            "resident_mib": "resident memory of the process after the last round, MiB",
            "growth_mib": "by how much it grew after the second round, MiB",
        },
    ),
)
