"""Random traffic with spawns, stops, spills and stealing; the sum of messages holds."""

import os

import numpy as np
import pytest
from zbench.core import ActorSystem, Mailbox, Props, Supervisor
from zbench.core.actors.stages import GROUPS
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import common as b
from tests.core.stress.rounds import check_sums, check_traffic, seed_actors

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("ZBENCH_STRESS_ROUNDS", "6"))
MESSAGES = int(os.environ.get("ZBENCH_STRESS_MESSAGES", "100000"))  # the fewest in a storm
ACTORS = 200
WORKERS = [1, 2, 4]
HOPS = int(os.environ.get("ZBENCH_STRESS_HOPS", "2000"))


def terminate(system):
    """End all actors; check the sums, and that no ended actor waits for its parent."""
    system.terminate(30)
    check_sums(system, [])
    assert system.tree().live == 0
    stages = system.tables.actor.reshape(-1, LINE)[:, actor_row.STAGE]
    assert list(np.flatnonzero(stages)) == [actor_row.GUARDIAN_SLOT], "an actor is left"


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("capacity", [2, 64])
def test_no_message_is_lost_and_no_actor_runs_twice_at_once(workers, capacity):
    with ActorSystem(
        b.BEHAVIOURS, workers=workers, actors=4096, mailbox_capacity=capacity
    ) as system:
        refs = system.spawn_many(b.stressed, ACTORS)
        for k in range(ROUNDS):
            seed_actors(system, refs, ACTORS)
            system.tell_many(refs, b.STRESS, HOPS)
            system.await_rest(60)
            check_traffic(system, refs, HOPS, k + 1)


TURBULENT = [
    Props(b.turbulent, supervisor=Supervisor("restart", group, codes={2: "stop", 3: "resume"}))
    for group in GROUPS
]
TURBULENT.insert(b.TURBULENT_CHILD, Props(b.turbulent_child))
GUARDIAN = Supervisor(max_restarts=None, codes={4: "resume", 5: "escalate", 6: "stop"})


@pytest.mark.parametrize("workers", WORKERS)
def test_a_storm_of_messages_keeps_its_sum_whatever_stops_and_restarts(workers):
    """Python keeps sending while actors fail, restart, stop and spawn; seed by seed."""
    for _ in range(ROUNDS):
        with ActorSystem(
            TURBULENT, workers=workers, actors=8192, mailbox_capacity=4, guardian=GUARDIAN
        ) as system:
            refs = system.spawn_many(TURBULENT[0], ACTORS, 0, 0, 0, 0, 0, 0, 63)
            seed = seed_actors(system, refs, ACTORS, reborn=True)
            while system.counters()["sent"] < MESSAGES:
                system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            print(check_sums(system, refs))
            terminate(system)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("capacity", [2, 64])
def test_faults_stops_and_restarts_lose_no_message_and_no_slot(workers, capacity):
    behaviours = TURBULENT
    with ActorSystem(
        behaviours, workers=workers, actors=8192, mailbox_capacity=capacity, guardian=GUARDIAN
    ) as system:
        refs = np.concatenate(
            [system.spawn_many(p, ACTORS // 2) for k, p in enumerate(behaviours) if k != 1]
        )
        for _ in range(ROUNDS):
            seed = seed_actors(system, refs, len(refs), reborn=True)
            system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            assert check_sums(system, refs)["restarts"] > 0
        terminate(system)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("name", ["standard", "hardware-optimised", "sharded", "priority"])
def test_full_mailboxes_lose_nothing_that_is_not_counted(name, workers):
    levels = {b.STRESS: "high", b.COUNT: "low"} if name == "priority" else {}
    overflow = "drop-newest" if name == "hardware-optimised" else "drop-oldest"
    stressed = Props(b.stressed, mailbox=Mailbox(name, 32, overflow, levels))
    child = Props(b.actor, mailbox=Mailbox(name, 32, "drop-newest", levels))
    with ActorSystem([child, stressed], workers=workers, actors=4096) as system:
        refs = system.spawn_many(stressed, ACTORS)
        for _ in range(ROUNDS):
            seed_actors(system, refs, 8)  # few receivers, so that their mailboxes fill
            system.tell_many(refs, b.STRESS, HOPS)
            system.await_rest(60)
            assert check_sums(system, refs)["dropped"] > 0
            figures = [system.mailbox(r) for r in refs]
            assert all(f.waiting == 0 for f in figures)
            assert sum(f.received for f in figures) == sum(int(system.state(r)[1]) for r in refs)


@pytest.mark.parametrize("workers", WORKERS)
def test_faults_stops_and_restarts_of_actors_with_bounded_mailboxes_lose_nothing(workers):
    policy = Supervisor("restart", codes={2: "stop", 3: "resume"})
    kinds = [Mailbox("standard", 64, "drop-oldest"), "hardware-optimised", "sharded"]
    # Actors that send in cycles, and end or fail while they are muted.
    kinds += [Mailbox("standard", 4, "suspend"), Mailbox("hardware-optimised", 4, "suspend")]
    behaviours = [Props(b.turbulent, supervisor=policy, mailbox=kind) for kind in kinds]
    behaviours.insert(b.TURBULENT_CHILD, Props(b.turbulent_child, mailbox="standard"))
    guardian = Supervisor(max_restarts=None, codes={4: "resume", 5: "escalate", 6: "stop"})
    with ActorSystem(behaviours, workers=workers, actors=2048, guardian=guardian) as system:
        refs = np.concatenate(
            [system.spawn_many(p, ACTORS // 4) for k, p in enumerate(behaviours) if k != 1]
        )
        for _ in range(ROUNDS):
            seed = seed_actors(system, refs, len(refs), reborn=True)
            system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            counted = check_sums(system, refs)
            assert counted["restarts"] > 0
            assert counted["mutes"] > 0
        terminate(system)
