"""One actor that counts: a behaviour, a system, messages, state."""

from zbench.core import DATA, ActorSystem, Context, Words, behaviour

ADD = 1  # a message of this kind carries a number in its first word of data


# A behaviour is compiled. It sees its own words of state and one message at a time, so
# it needs no lock.
@behaviour
def counter(ctx: Context, state: Words, message: Words) -> None:
    """state: the sum of the numbers received, how many there were."""
    state[0] += message[DATA]
    state[1] += 1
    if state[1] == 100:
        ctx.finish()  # wakes the thread that waits


def main() -> None:
    """Send the numbers 1 to 100 and look at the sum."""
    with ActorSystem([counter], workers=2) as system:
        actor = system.spawn(counter)
        for number in range(1, 101):
            actor.tell(ADD, number)
        system.wait(timeout=60)
        total = int(system.state(actor)[0])
        handled = system.counters()["processed"]

    print(f"{handled} messages, their sum is {total}")
    if total != 5050:
        raise SystemExit("wrong: the sum should be 5050")


if __name__ == "__main__":
    main()
