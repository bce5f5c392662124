"""One round of random traffic: seeding the actors, and the sums that hold when it is over."""

import secrets

from zbench.core.actors.refs import SLOT_MASK


def seed_actors(system, refs, receivers, *, reborn=False):
    """Give each actor a random seed and the range of references it sends to; the seed.

    Args:
        receivers: number of references, from the lowest on, that an actor sends to.
        reborn: whether a restarted actor begins with the same state.
    """
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    tables = system.tables
    for table in (tables.state, tables.birth) if reborn else (tables.state,):
        rows = table.reshape(-1, tables.state_words)
        for k, ref in enumerate(refs):
            rows[int(ref) & SLOT_MASK, [0, 4, 5]] = seed + k, refs.min(), receivers
    return seed


def check_sums(system, refs):
    """Check that no message is lost and no actor ran twice at once; the counters."""
    counted = system.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]
    alive = [r for r in refs if system.is_alive(r)]
    assert sum(int(system.state(r)[2]) for r in alive) == 0, "an actor ran twice at once"
    return counted


def check_traffic(system, refs, hops, rounds):
    """Check that actors that never stop have handled every message of all rounds."""
    counted = check_sums(system, refs)
    assert counted["dead_letters"] == 0
    assert sum(int(system.state(r)[1]) for r in refs) == rounds * len(refs) * (hops + 1)
