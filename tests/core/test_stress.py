"""Random traffic with spawns, stops, spills and stealing; the sum of messages must hold."""

import os
import secrets

import pytest
from zbench.core import ActorSystem

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
