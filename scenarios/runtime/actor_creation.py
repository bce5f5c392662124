"""actor-creation: time and memory of an actor, its default mailbox included."""

import time

import numpy as np
import psutil
from zbench.core import ActorSystem, Context, Words, behaviour
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.mailbox.linked import IDLE
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE
from zbench.scenarios.base import Category, Parameter, Parameters, Sample, Scenario
from zbench.scenarios.support.core_run import (
    DISPATCH,
    RUN_TIMEOUT_S,
    SUPERVISION,
    actor_bytes,
    expect,
    form_of,
    supervised_of,
)

CREATE = 1
CHILD = 1  # index of the behaviour `created`
GREETING = 2


@behaviour
def creator(ctx: Context, state: Words, message: Words) -> None:
    """Create state[0] actors; state[1] counts those that were created."""
    for k in range(state[0]):
        if ctx.spawn(CHILD, k) >= 0:
            state[1] += 1
    ctx.finish()


@behaviour
def created(ctx: Context, state: Words, message: Words) -> None:
    """Note that a message arrived."""
    state[1] += 1


class Creation:
    """Builds a fresh system for every run, since memory once touched stays resident."""

    def __init__(self, parameters: Parameters) -> None:
        self.actors = int(parameters["actors"])
        self.form = form_of(parameters)
        self.supervised = supervised_of(parameters)
        system = self._system()  # compiles
        system.stop()

    def _system(self) -> ActorSystem:
        return ActorSystem(
            [creator, created],
            workers=1,
            pin=True,
            actors=self.actors + 1,
            messages=1 << 16,
            dispatch=self.form,
            supervised=self.supervised,
        )

    def run(self) -> Sample:
        """Create the actors from inside a behaviour; memory is read before and after."""
        process = psutil.Process()
        before = process.memory_info().rss
        with self._system() as system:
            creates = system.spawn(creator, self.actors)
            started_ns = time.perf_counter_ns()
            creates.tell(CREATE)
            ended_ns = system.wait(1, RUN_TIMEOUT_S)
            resident = process.memory_info().rss - before
            table_bytes = actor_bytes(system)
            error = self._check(system, creates.value)
        return Sample(
            elapsed_ns=ended_ns - started_ns,
            messages=self.actors,
            error=error,
            checked=True,
            extra={
                "bytes_per_actor": resident / self.actors,
                "table_bytes_per_actor": table_bytes,
            },
        )

    def _check(self, system: ActorSystem, creator_ref: int) -> str | None:
        """Every actor exists, is idle, knows its number, and handles a message."""
        made = int(system.state(creator_ref)[1])
        slots = np.flatnonzero(system.tables.actor[actor_row.MAIL :: LINE] == IDLE)
        # The creator may not have gone idle yet; it is not counted.
        slots = slots[slots != creator_ref & SLOT_MASK]
        if self.supervised:
            slots = slots[slots != actor_row.GUARDIAN_SLOT]
        refs = system.tables.actor[slots * LINE + actor_row.REF]
        system.await_rest(RUN_TIMEOUT_S)
        for part in np.array_split(refs, max(1, len(refs) // 4096)):
            system.tell_many(part, GREETING)
            system.await_rest(RUN_TIMEOUT_S)
        states = system.tables.state.reshape(-1, system.tables.state_words)[slots]
        numbers = int(states[:, 0].sum())
        return (
            expect("the number created", made, self.actors)
            or expect("the number of idle actors", len(refs), self.actors)
            or expect("the sum of their numbers", numbers, self.actors * (self.actors - 1) // 2)
            or expect("the number that answered", int(states[:, 1].sum()), self.actors)
        )

    def close(self) -> None:
        """Nothing is kept between runs."""


SCENARIOS = (
    Scenario(
        name="actor-creation",
        purpose="time and bytes of an actor; a 'message' here is an actor created",
        category=Category.MICRO,
        parameters=(
            Parameter("actors", 1_000_000, "actors created", 1, 10**7, quick=100_000),
            DISPATCH,
            SUPERVISION,
        ),
        prepare=Creation,
        extras={
            "bytes_per_actor": "growth of the process (RSS) over the actors: rows and spare room",
            "table_bytes_per_actor": "rows of one actor in the tables, without spare room",
        },
    ),
)
