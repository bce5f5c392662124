"""Random traffic with spawns, stops, spills and stealing; the sum of messages must hold."""

import os
import secrets

import numpy as np
import pytest
from zbench.core import ActorSystem, Props, Supervisor
from zbench.core.layout import GUARDIAN_SLOT, LINE, STAGE
from zbench.core.stages import GROUPS

from tests.core import behaviours as b

ROUNDS = int(os.environ.get("ZBENCH_STRESS_ROUNDS", "6"))
ACTORS = 200
HOPS = 2000


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


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("capacity", [2, 64])
def test_faults_stops_and_restarts_lose_no_message_and_no_slot(workers, capacity):
    behaviours = [
        Props(b.turbulent, supervisor=Supervisor("restart", group, codes={2: "stop", 3: "resume"}))
        for group in GROUPS
    ]
    behaviours.insert(b.TURBULENT_CHILD, Props(b.turbulent_child))
    guardian = Supervisor(max_restarts=None, codes={4: "resume", 5: "escalate", 6: "stop"})
    with ActorSystem(
        behaviours, workers=workers, actors=8192, mailbox_capacity=capacity, guardian=guardian
    ) as system:
        refs = np.concatenate(
            [system.spawn_many(p, ACTORS // 2) for k, p in enumerate(behaviours) if k != 1]
        )
        for _ in range(ROUNDS):
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            for k, ref in enumerate(refs):
                for table in (system.tables.state, system.tables.birth):
                    state = table.reshape(-1, system.tables.state_words)[int(ref) & 0xFFFFFFFF]
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
        stages = system.tables.actor.reshape(-1, LINE)[:, STAGE]
        assert list(np.flatnonzero(stages)) == [GUARDIAN_SLOT], "an actor is left"
