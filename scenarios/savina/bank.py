"""bank: transfers between accounts, each of three parties and four messages."""

import numpy as np
from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of
from zbench.core.compile.kernel import kernel
from zbench.scenarios.base import Category, Parameter, Parameters, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of, spawn_row
from zbench.scenarios.support.streams import SEED, below, seed_of, stream

START = 0
TRANSFER = 1
CREDIT = 2
ACK = 3
DONE = 4
MOST = 1000  # amount of a transfer

# The teller's state; an account's is its balance, the teller, the first account.
OPEN = 0  # transfers not done yet
TRANSFERS = 1
STREAM = 2
ACCOUNTS = 3
FIRST = 4


@behaviour
def teller(ctx: Context, state: Words, message: Words) -> None:
    """Order all transfers without waiting, then wait until they are done."""
    if kind_of(message[HEADER]) == START:
        accounts = state[ACCOUNTS]
        for _ in range(state[TRANSFERS]):
            source = below(state, STREAM, accounts)
            target = (source + 1 + below(state, STREAM, accounts - 1)) % accounts
            amount = 1 + below(state, STREAM, MOST)
            ctx.send(state[FIRST] + source, TRANSFER, target, amount)
    else:
        state[OPEN] -= 1
        if state[OPEN] == 0:
            ctx.finish()


@behaviour
def account(ctx: Context, state: Words, message: Words) -> None:
    """Take part in transfers as their source or their target."""
    kind = kind_of(message[HEADER])
    if kind == TRANSFER:
        state[0] -= message[DATA + 1]
        ctx.send(state[2] + message[DATA], CREDIT, message[DATA + 1])
    elif kind == CREDIT:
        state[0] += message[DATA]
        ctx.reply(ACK)
    else:
        ctx.send(state[1], DONE)


@kernel
def expected_sum(streams: Words, accounts: int, transfers: int) -> int:
    """Sum of balances times numbers of accounts; uses the stream up."""
    total = 0
    for _ in range(transfers):
        source = below(streams, 0, accounts)
        target = (source + 1 + below(streams, 0, accounts - 1)) % accounts
        total += (1 + below(streams, 0, MOST)) * (target - source)
    return total


def prepare(parameters: Parameters) -> CoreRun:
    """One teller and its accounts."""
    accounts = int(parameters["accounts"])
    transfers = int(parameters["transfers"])
    first_state = stream(seed_of(parameters), 0)
    system = ActorSystem(
        [teller, account],
        actors=accounts + 1,
        messages=transfers + 128 * accounts + (1 << 16),
        **options_of(parameters),
    )
    orders = system.spawn(teller)
    first, states = spawn_row(system, account, accounts, 0, orders.value)
    states[:, 2] = first

    def reset() -> None:
        system.state(orders)[:5] = transfers, transfers, first_state, accounts, first
        states[:, 0] = 0

    return CoreRun(
        system,
        start=lambda: orders.tell(START),
        messages=4 * transfers + 1,
        answer=lambda: int(states[:, 0] @ np.arange(accounts)),
        wanted=expected_sum(np.array([first_state]), accounts, transfers),
        check=lambda: expect("the sum of the balances", int(states[:, 0].sum()), 0),
        reset=reset,
    )


SCENARIOS = (
    Scenario(
        name="bank",
        purpose="transfers between accounts, ordered all at once: three parties, four messages",
        category=Category.MICRO,
        parameters=(
            Parameter("accounts", 1_000, "accounts", 2, 100_000),
            Parameter("transfers", 100_000, "transfers", 1, 10**7, quick=10_000),
            SEED,
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
)
