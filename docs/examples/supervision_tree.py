"""A supervisor whose children fail: restarts, stops, the tree of actors.

A team leader spawns three workers. A worker that raises is restarted with a fresh state; a
worker with hopeless work is stopped; the others notice nothing.
"""

from zbench.core import (
    DATA,
    HEADER,
    ActorSystem,
    Context,
    Props,
    Supervisor,
    Words,
    behaviour,
    kind_of,
)

HIRE = 1
WORK = 2  # data: number of the worker, outcome of the work
FINE, BROKEN, HOPELESS = 0, 1, 2
HOPELESS_CODE = 7
WORKER = 1  # index in the list that the system is given


@behaviour
def leader(ctx: Context, state: Words, message: Words) -> None:
    """state: number of workers, then their references."""
    if kind_of(message[HEADER]) == HIRE:
        state[0] += 1
        state[state[0]] = ctx.spawn(WORKER)
    else:
        ctx.send(state[1 + message[DATA]], WORK, message[DATA], message[DATA + 1])


@behaviour
def worker(ctx: Context, state: Words, message: Words) -> None:
    """state: pieces of work done since the last start."""
    if message[DATA + 1] == BROKEN:
        raise ValueError("cannot do that")
    if message[DATA + 1] == HOPELESS:
        ctx.fail(HOPELESS_CODE)
    else:
        state[0] += 1


# A raise restarts the worker that raised, and only that one; code 7 stops it.
TEAM = Props(leader, supervisor=Supervisor("restart", codes={HOPELESS_CODE: "stop"}))


def main() -> None:
    """Let two of three workers fail, and look at the remaining tree."""
    with ActorSystem([TEAM, worker], workers=2) as system:
        team = system.spawn(TEAM)
        for _ in range(3):
            team.tell(HIRE)
        for number, how in [(0, FINE), (1, FINE), (1, BROKEN), (1, FINE), (2, HOPELESS), (0, FINE)]:
            team.tell(WORK, number, how)
        system.await_rest()

        print(system.tree().text())
        for fault in system.faults():
            print(f"fault: {fault.kind}: {fault.message}")
        first, second, third = (int(ref) for ref in system.state(team)[1:4])
        done = [int(system.state(ref)[0]) for ref in (first, second)]
        alive = [system.is_alive(ref) for ref in (first, second, third)]
        restarts = system.counters()["restarts"]
        system.terminate()  # children first

    print(f"work done: {done[0]} and, since its restart, {done[1]}; restarts: {restarts}")
    if (done, alive, restarts) != ([2, 1], [True, True, False], 1):
        raise SystemExit(f"wrong: {done} {alive} {restarts}")


if __name__ == "__main__":
    main()
