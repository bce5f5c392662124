"""Random traffic with spawns, stops, spills and stealing; the sum of messages holds."""

import os
import secrets

import numpy as np
import pytest
from zbench.core import ActorSystem, Mailbox, Props, Supervisor
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.actors.stages import GROUPS
from zbench.core.memory.layout import actor_row
from zbench.core.memory.layout.lines import LINE

from tests.core.behaviours import common as b

ROUNDS = int(os.environ.get("ZBENCH_STRESS_ROUNDS", "6"))
MESSAGES = int(os.environ.get("ZBENCH_STRESS_MESSAGES", "100000"))  # the fewest in a storm
ACTORS = 200
HOPS = int(os.environ.get("ZBENCH_STRESS_HOPS", "2000"))


def assert_no_actor_is_left(system):
    """Check that no actor is live, and no ended one waits for its parent."""
    assert system.tree().live == 0
    stages = system.tables.actor.reshape(-1, LINE)[:, actor_row.STAGE]
    assert list(np.flatnonzero(stages)) == [actor_row.GUARDIAN_SLOT], "an actor is left"


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("capacity", [2, 64])
def test_no_message_is_lost_and_no_actor_runs_twice_at_once(workers, capacity):
    with ActorSystem(
        b.BEHAVIOURS, workers=workers, actors=4096, mailbox_capacity=capacity
    ) as system:
        refs = system.spawn_many(b.stressed, ACTORS)
        total = 0
        for _ in range(ROUNDS):
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            for k, ref in enumerate(refs):
                state = system.state(ref)
                state[0] = seed + k
                state[4:6] = refs.min(), ACTORS
            system.tell_many(refs, b.STRESS, HOPS)
            system.await_rest(60)
            total += ACTORS * (HOPS + 1)
            counted = system.counters()
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            assert counted["dead_letters"] == 0
            assert sum(int(system.state(r)[1]) for r in refs) == total
            assert sum(int(system.state(r)[2]) for r in refs) == 0, "an actor ran twice at once"


TURBULENT = [
    Props(b.turbulent, supervisor=Supervisor("restart", group, codes={2: "stop", 3: "resume"}))
    for group in GROUPS
]
TURBULENT.insert(b.TURBULENT_CHILD, Props(b.turbulent_child))
GUARDIAN = Supervisor(max_restarts=None, codes={4: "resume", 5: "escalate", 6: "stop"})


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_storm_of_messages_keeps_its_sum_whatever_stops_and_restarts(workers):
    """Python keeps sending while actors fail, restart, stop and spawn; seed by seed."""
    for _ in range(ROUNDS):
        seed = secrets.randbits(30)
        with ActorSystem(
            TURBULENT, workers=workers, actors=8192, mailbox_capacity=4, guardian=GUARDIAN
        ) as system:
            refs = system.spawn_many(TURBULENT[0], ACTORS, seed, 0, 0, 0, 0, ACTORS, 63)
            states = system.tables.state, system.tables.birth
            for table in states:
                rows = table.reshape(-1, system.tables.state_words)
                for k, ref in enumerate(refs):
                    rows[int(ref) & SLOT_MASK, [0, 4]] = seed + k, refs.min()
            while system.counters()["sent"] < MESSAGES:
                system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            counted = system.counters()
            print(f"seed {seed} {counted}")
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            alive = [r for r in refs if system.is_alive(r)]
            assert sum(int(system.state(r)[2]) for r in alive) == 0, "an actor ran twice at once"
            system.terminate(30)
            counted = system.counters()
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            assert_no_actor_is_left(system)


@pytest.mark.parametrize("workers", [1, 2, 4])
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
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            for k, ref in enumerate(refs):
                for table in (system.tables.state, system.tables.birth):
                    state = table.reshape(-1, system.tables.state_words)[int(ref) & SLOT_MASK]
                    state[[0, 4, 5]] = seed + k, refs.min(), len(refs)
            system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            counted = system.counters()
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            assert counted["restarts"] > 0
            alive = [r for r in refs if system.is_alive(r)]
            assert sum(int(system.state(r)[2]) for r in alive) == 0, "an actor ran twice at once"
        system.terminate(30)
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]
        assert_no_actor_is_left(system)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("name", ["standard", "hardware-optimised", "sharded", "priority"])
def test_full_mailboxes_lose_nothing_that_is_not_counted(name, workers):
    levels = {b.STRESS: "high", b.COUNT: "low"} if name == "priority" else {}
    overflow = "drop-newest" if name == "hardware-optimised" else "drop-oldest"
    stressed = Props(b.stressed, mailbox=Mailbox(name, 32, overflow, levels))
    child = Props(b.actor, mailbox=Mailbox(name, 32, "drop-newest", levels))
    with ActorSystem([child, stressed], workers=workers, actors=4096) as system:
        refs = system.spawn_many(stressed, ACTORS)
        for _ in range(ROUNDS):
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            for k, ref in enumerate(refs):
                state = system.state(ref)
                state[0] = seed + k
                # Few receivers, so that their mailboxes fill.
                state[4:6] = refs.min(), 8
            system.tell_many(refs, b.STRESS, HOPS)
            system.await_rest(60)
            counted = system.counters()
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            assert counted["dropped"] > 0
            assert sum(int(system.state(r)[2]) for r in refs) == 0, "an actor ran twice at once"
            figures = [system.mailbox(r) for r in refs]
            assert all(f.waiting == 0 for f in figures)
            assert sum(f.received for f in figures) == sum(int(system.state(r)[1]) for r in refs)


@pytest.mark.parametrize("workers", [1, 2, 4])
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
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            for k, ref in enumerate(refs):
                for table in (system.tables.state, system.tables.birth):
                    state = table.reshape(-1, system.tables.state_words)[int(ref) & SLOT_MASK]
                    state[[0, 4, 5]] = seed + k, refs.min(), len(refs)
            system.tell_many(refs, b.STRESS, HOPS, seed)
            system.await_rest(120)
            counted = system.counters()
            assert counted["sent"] == counted["processed"] + counted["dead_letters"]
            assert counted["restarts"] > 0
            assert counted["mutes"] > 0
        system.terminate(30)
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]
        assert_no_actor_is_left(system)
