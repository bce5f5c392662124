"""A bank that moves no bytes: transfers lie in blocks, messages carry their refs.

Tellers take a block, write a transfer into it and send its ref to the bank, which they
find by name. The bank reads the transfer in place, books it, and frees the block.
"""

from zbench.core import DATA, ActorSystem, BlockPool, Context, Directory, Words, behaviour

BEGIN = 1  # data: number of transfers
TRANSFER = 2  # data: ref of a block
ACCOUNTS = 16
OPENING = 1_000_000  # cents on each account
TELLERS, EACH = 8, 5_000
FROM, TO, AMOUNT = 0, 1, 2  # words of a block
BLOCK_BYTES = 64
BANK = Directory.key("bank")


@behaviour
def teller(ctx: Context, state: Words, message: Words) -> None:
    """state: seed of the random numbers, transfers for which no block was free."""
    bank = ctx.lookup(BANK)
    for _ in range(message[DATA]):
        ref = ctx.allocate(BLOCK_BYTES)
        if ref < 0:
            state[1] += 1
            continue
        state[0] = (state[0] * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        transfer = ctx.words(ref)  # the block itself, not a copy
        transfer[FROM] = (state[0] >> 8) % ACCOUNTS
        transfer[TO] = (state[0] >> 16) % ACCOUNTS
        transfer[AMOUNT] = state[0] % 10_000
        ctx.send(bank, TRANSFER, ref)  # from here on the block is the bank's


@behaviour
def bank(ctx: Context, state: Words, message: Words) -> None:
    """state: the balance of each account, then the number of transfers."""
    ref = message[DATA]
    transfer = ctx.words(ref)
    state[transfer[FROM]] -= transfer[AMOUNT]
    state[transfer[TO]] += transfer[AMOUNT]
    state[ACCOUNTS] += 1
    ctx.free(ref)  # once, by the holder of the ref


def main() -> None:
    """Book all transfers; no money and no block may be lost."""
    blocks = BlockPool(workers=2, blocks={BLOCK_BYTES: TELLERS * EACH})
    names = Directory(capacity=10, workers=2)
    with ActorSystem(
        [teller, bank], workers=2, state_words=32, blocks=blocks, directory=names
    ) as system:
        ledger = system.spawn(bank, *[OPENING] * ACCOUNTS)
        names.register("bank", ledger.value)
        for seed in range(TELLERS):
            system.spawn(teller, seed + 1).tell(BEGIN, EACH)
        system.await_rest()
        balances = system.state(ledger)[:ACCOUNTS].tolist()
        booked = int(system.state(ledger)[ACCOUNTS])

    print(f"{booked} transfers booked; balances {min(balances)} to {max(balances)}")
    print(f"total {sum(balances)}; {blocks.leak_report()}")
    if (booked, sum(balances)) != (TELLERS * EACH, ACCOUNTS * OPENING) or blocks.leaks():
        raise SystemExit("wrong: a transfer, money or a block was lost")


if __name__ == "__main__":
    main()
