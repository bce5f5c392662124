"""All operations of an actor together, at random; the sum of messages holds."""

import os
import secrets

import pytest
from zbench.core import ActorSystem, Props, Supervisor
from zbench.core.actors.refs import SLOT_MASK
from zbench.core.memory.layout import aside_row, question_row
from zbench.core.memory.layout.lines import LINE, PAIR
from zbench.core.queues import treiber

from tests.core.behaviours import wild as w

pytestmark = pytest.mark.long

ROUNDS = int(os.environ.get("ZBENCH_STRESS_ROUNDS", "6"))
ACTORS = 60
HOPS = 500


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("supervised", [False, True])
def test_no_message_question_or_watch_is_lost(workers, supervised):
    restart = Supervisor("restart", max_restarts=None)
    kinds = [w.wild, w.wild_child]
    if supervised:
        kinds = [Props(w.wild, supervisor=Supervisor("stop")), Props(w.wild_child)]
    with ActorSystem(
        kinds,
        workers=workers,
        actors=4096,
        mailbox_capacity=4,
        state_words=16,
        guardian=restart,
        stash=500,
        system_messages=20_000,
        watches=200,
        questions=200,
    ) as system:
        refs = system.spawn_many(kinds[0], ACTORS)
        for _ in range(ROUNDS):
            seed = secrets.randbits(30)
            print(f"seed {seed}")
            start(system, refs, seed)
            check(system, refs)
        settle(system, refs)


def start(system, refs, seed):
    for k, ref in enumerate(refs):
        if not system.is_alive(ref):
            continue
        tables = [system.tables.state, system.tables.birth][: 1 + system.supervised]
        for table in tables:
            state = table.reshape(-1, system.tables.state_words)[int(ref) & SLOT_MASK]
            state[[w.SEED, w.FIRST, w.ACTORS]] = seed + k, refs.min(), len(refs)
            state[w.FRAGILE] = system.supervised
    system.tell_many(refs, w.GO, HOPS, seed)


def counters_at_rest(system):
    """Counters read within one moment of rest; the time-out of a question may end it.

    With a lost message the system would never be at rest again.
    """
    while True:
        system.await_rest(20)
        counted = system.counters()
        handled = counted["processed"] + counted["dead_letters"] + counted["stashed"]
        if counted["sent"] == handled and counted == system.counters():
            return counted


def check(system, refs):
    kept = counters_at_rest(system)["stashed"]
    lines = system.tables.aside.reshape(-1, LINE)
    assert lines[:, aside_row.STASH_COUNT].sum() == kept
    assert not lines[:, aside_row.BACK_FIRST].any()
    assert not (system.tables.system_stack.reshape(-1, PAIR)[:, 0] & treiber.INDEX_MASK).any()
    alive = [r for r in refs if system.is_alive(r)]
    twice = sum(int(system.state(r)[w.DOUBLE_RUNS]) for r in alive)
    assert twice == 0, "an actor ran twice at once"


def settle(system, refs):
    """End all actors: every question gets its answer, and no ended actor keeps a stash."""
    system.poison(*[int(r) for r in refs])
    system.await_rest(20)
    waiting = system.tables.question.reshape(-1, LINE)[:, question_row.STATE] & 1
    for _ in range(10_000):
        if not waiting.any():
            break
        system.await_rest(20)
        waiting = system.tables.question.reshape(-1, LINE)[:, question_row.STATE] & 1
    assert not waiting.any(), "a question waits for ever"
    system.await_rest(20)
    live = sum(node.stashed for node, _, _ in system.tree(10_000).walk())
    assert system.counters()["stashed"] == live
