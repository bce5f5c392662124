"""Two actors that play: spawning from a behaviour, sending, replying."""

import time

from zbench.core import DATA, HEADER, ActorSystem, Context, Words, behaviour, kind_of

START = 1  # data: number of rounds
PING = 2
PONG = 3  # data: the number of the ping it answers
ROUNDS = 100_000


@behaviour
def pong(ctx: Context, state: Words, message: Words) -> None:
    """Answer the sender."""
    ctx.reply(PONG, message[DATA])


@behaviour
def ping(ctx: Context, state: Words, message: Words) -> None:
    """state: the partner, rounds to play, answers received, answers out of order."""
    if kind_of(message[HEADER]) == START:
        state[0] = ctx.spawn(PARTNER)
        state[1] = message[DATA]
    else:
        state[3] += message[DATA] != state[2]
        state[2] += 1
    if state[2] == state[1]:
        ctx.finish()
    else:
        ctx.send(state[0], PING, state[2])


# A behaviour spawns by index: the place in the list that the system was given.
BEHAVIOURS = (ping, pong)
PARTNER = 1


def main() -> None:
    """Play, and check that every answer came, in order."""
    with ActorSystem(BEHAVIOURS, workers=1) as system:
        player = system.spawn(ping)
        started = time.perf_counter_ns()
        player.tell(START, ROUNDS)
        took = system.wait(timeout=60) - started
        answers, out_of_order = (int(word) for word in system.state(player)[2:4])

    print(f"{answers} answers, {out_of_order} out of order")
    print(f"about {took / (2 * ROUNDS):.0f} ns a message")
    if (answers, out_of_order) != (ROUNDS, 0):
        raise SystemExit(f"wrong: there should be {ROUNDS} answers, all in order")


if __name__ == "__main__":
    main()
