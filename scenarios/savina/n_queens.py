"""n-queens: a search tree dealt out by one master, counted below a threshold by its actors."""

from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import cold_kernel
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, options_of, spawn_row

START = 0
WORK = 1
CHILD = 2
DONE = 3
# Solutions for boards of 1, 2, ... rows (OEIS A000170).
KNOWN = (1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14_200, 73_712, 365_596, 2_279_184, 14_772_512)


@behaviour
def master(ctx: Context, state: Words, message: Words) -> None:
    """Deal work items to the actors in turn, and add up solutions.

    State: items dealt, items open, solutions, actors, the first of them.
    """
    if kind_of(message[HEADER]) == DONE:
        state[2] += message[DATA]
        state[1] -= 1
        if state[1] == 0:
            ctx.finish()
    else:
        # START carries the empty board.
        to = state[4] + state[0] % state[3]
        state[0] += 1
        state[1] += 1
        row, columns = message[DATA], message[DATA + 1]
        ctx.send(to, WORK, row, columns, message[DATA + 2], message[DATA + 3])


@behaviour
def searcher(ctx: Context, state: Words, message: Words) -> None:
    """Split an item in rows before state[1], count its solutions there; state[0] is the size."""
    row, columns = message[DATA], message[DATA + 1]
    left, right = message[DATA + 2], message[DATA + 3]
    found = 0
    if row == state[1]:
        found = solutions(state[0] - row, (1 << state[0]) - 1, columns, left, right)
    else:
        full = (1 << state[0]) - 1
        free = full & ~(columns | left | right)
        while free != 0:
            queen = free & -free
            free ^= queen
            ctx.reply(
                CHILD, row + 1, columns | queen, (left | queen) << 1 & full, (right | queen) >> 1
            )
    ctx.reply(DONE, found)


@cold_kernel
def solutions(rows: int, full: int, columns: int, left: int, right: int) -> int:
    """Ways to place a queen in each of the rows left, by masks of attacked columns."""
    if rows == 0:
        return 1
    found = 0
    free = full & ~(columns | left | right)
    while free != 0:
        queen = free & -free
        free ^= queen
        found += solutions(
            rows - 1, full, columns | queen, (left | queen) << 1 & full, (right | queen) >> 1
        )
    return found


def items(size: int, threshold: int, columns: int = 0, left: int = 0, right: int = 0) -> int:
    """Work items for ``threshold`` more rows: this board and those below it."""
    full = (1 << size) - 1
    free = full & ~(columns | left | right) if threshold else 0
    total = 1
    while free:
        queen = free & -free
        free ^= queen
        total += items(
            size, threshold - 1, columns | queen, (left | queen) << 1 & full, (right | queen) >> 1
        )
    return total


def prepare(parameters: Parameters) -> CoreRun:
    """One master and its actors."""
    size = int(parameters["size"])
    threshold = min(int(parameters["threshold"]), size)
    actors = int(parameters["actors"])
    work = items(size, threshold)
    system = ActorSystem(
        [master, searcher],
        actors=actors + 1,
        messages=3 * work + 128 * actors + (1 << 16),
        **options_of(parameters),
    )
    deals = system.spawn(master)
    first, _ = spawn_row(system, searcher, actors, size, threshold)
    state = system.state(deals)

    def reset() -> None:
        state[:5] = 0, 0, 0, actors, first

    return CoreRun(
        system,
        start=lambda: deals.tell(START),
        messages=3 * work,
        answer=lambda: int(state[2]),
        wanted=KNOWN[size - 1],
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="n-queens",
        purpose="a search tree dealt out by a master: computing, with few messages",
        category=Category.MICRO,
        parameters=(
            Parameter("size", 12, "rows of the board", 1, len(KNOWN), quick=10),
            Parameter("threshold", 4, "rows placed by messages", 0, 8),
            Parameter("actors", 20, "actors that search", 1, 100_000),
            *OPTIONS,
        ),
        prepare=prepare,
    ),
)
