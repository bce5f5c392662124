"""Routers: the receivers of messages while routees come and go."""

import secrets
import threading

import numpy as np
import pytest
from zbench.core import (
    DATA,
    ActorSystem,
    ActorSystemError,
    Context,
    Words,
    behaviour,
    kind_of,
)
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.compile.prepared import Prepared
from zbench.core.delivery import routers
from zbench.core.delivery.routers import STRATEGIES
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import NONE

from tests.core.behaviours.halted import halt

pytestmark = pytest.mark.compiles

COUNT, REPLY, STOP, FLOOD, TICK = 1, 2, 3, 4, 5
TO_ONE = [s for s in STRATEGIES if s != "broadcast"]
MANY = 300 if INTERPRETED else 20_000


@behaviour
def counting(ctx: Context, state: Words, message: Words) -> None:
    """state: messages counted, sum of their words, messages until it stops or 0, sender."""
    kind = kind_of(message[message_slot.HEADER])
    state[3] = message[1]
    if kind == STOP:
        ctx.stop()
    elif kind == REPLY:
        ctx.reply(REPLY, message[DATA], ctx.self_ref())
    else:
        state[0] += 1
        state[1] += message[DATA]
        if state[0] == state[2]:
            ctx.stop()


@behaviour
def flooding(ctx: Context, state: Words, message: Words) -> None:
    """Send numbered messages to state[0]; count the replies in state[1]."""
    if kind_of(message[message_slot.HEADER]) == FLOOD:
        for k in range(message[DATA]):
            ctx.send(state[0], message[DATA + 1], k)
        ctx.finish()
    else:
        state[1] += 1


# The same for every system here: uncompiled, systems share one list of behaviours.
BEHAVIOURS = [counting, flooding]


@pytest.fixture(scope="module")
def shared():
    with ActorSystem(
        BEHAVIOURS, workers=2, actors=4000, routers=200, routees=8192, timers=64
    ) as system:
        yield system


@pytest.fixture
def system(shared):
    """One system for the module; counters are from the start of a test on."""
    yield shared
    shared.await_rest()
    counted = shared.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def counts(system, router_or_refs):
    system.await_rest()
    refs = getattr(router_or_refs, "routees", lambda: router_or_refs)()
    return [int(system.state(ref)[0]) for ref in refs]


def dead_letters(system):
    system.await_rest()
    return system.counters()["dead_letters"]


@pytest.mark.parametrize("from_python", [True, False])
def test_round_robin_gives_each_routee_its_exact_share(system, from_python):
    router = system.router_pool("round-robin", counting, 7)
    if from_python:
        for k in range(7 * 30):
            router.tell(COUNT, k)
    else:
        system.spawn(flooding, router.value).tell(FLOOD, 7 * 30, COUNT)
    assert counts(system, router) == [30] * 7
    assert sum(int(system.state(r)[1]) for r in router.routees()) == sum(range(7 * 30))


def test_two_senders_at_once_get_exact_shares_together(system):
    router = system.router_pool("round-robin", counting, 4)
    for _ in range(2):
        system.spawn(flooding, router.value).tell(FLOOD, 2 * MANY, COUNT)
    assert counts(system, router) == [MANY] * 4


def test_those_left_share_equally_what_an_ended_routee_would_get(system):
    router = system.router_pool("round-robin", counting, 4)
    router.routees()[1].tell(STOP)
    system.await_rest()
    before = dead_letters(system)
    system.spawn(flooding, router.value).tell(FLOOD, 300, COUNT)
    assert counts(system, router) == [100] * 3
    assert dead_letters(system) == before


def test_random_reaches_all_about_equally(system):
    router = system.router_pool("random", counting, 8)
    system.spawn(flooding, router.value).tell(FLOOD, 8 * MANY, COUNT)
    found = counts(system, router)
    assert sum(found) == 8 * MANY
    # Ten standard deviations of a fair draw.
    assert max(abs(n - MANY) for n in found) < 10 * MANY**0.5


def test_broadcast_reaches_each_once_and_counts_as_sent_to_each(system):
    router = system.router_pool("broadcast", counting, 9)
    before = system.counters()
    system.spawn(flooding, router.value).tell(FLOOD, 50, COUNT)
    assert counts(system, router) == [50] * 9
    after = system.counters()
    assert after["sent"] - before["sent"] == 50 * 9 + 1
    assert after["processed"] - before["processed"] == 50 * 9 + 1


def test_least_mailbox_takes_the_idle_and_then_the_shortest():
    with ActorSystem(BEHAVIOURS, workers=1, actors=64, routers=1, mailbox_capacity=4) as system:
        refs = system.spawn_many(counting, 3)
        # The workers are stopped, so that mailboxes keep their messages.
        halt(system)
        router = system.router("least-mailbox", refs)
        given = []
        for _ in range(3 * 10):
            before = [_waiting(system, ref) for ref in refs]
            router.tell(COUNT)
            (chosen,) = [k for k in range(3) if _waiting(system, refs[k]) > before[k]]
            assert before[chosen] == min(before)
            given.append(chosen)
        assert sorted(given) == [0] * 10 + [1] * 10 + [2] * 10


def _waiting(system, ref):
    return next(n.waiting for n in system.tree().actors if n.ref == ref)


def test_least_mailbox_loses_nothing_where_all_are_busy(system):
    router = system.router_pool("least-mailbox", counting, 4)
    for _ in range(2):
        system.spawn(flooding, router.value).tell(FLOOD, MANY, COUNT)
    assert sum(counts(system, router)) == 2 * MANY


def owners(system, router, keys):
    """The routee of each key, by asking."""
    asked = [system.ask(router, REPLY, key, timeout=30) for key in keys]
    return [answer.result(timeout=60).data[1] for answer in asked]


def test_a_key_stays_with_its_routee(system):
    router = system.router_pool("consistent-hash", counting, 5)
    keys = [0, 1, -1, 7, 1 << 40, -(1 << 63), (1 << 63) - 1]
    first = owners(system, router, keys)
    assert all(owners(system, router, keys) == first for _ in range(3))


def test_a_change_of_one_routee_moves_only_its_keys(system):
    refs = [int(r) for r in system.spawn_many(counting, 10)]
    router = system.router("consistent-hash", refs)
    pick = np.random.default_rng(5)
    keys = [*range(100), *(int(k) for k in pick.integers(-(2**62), 2**62, 100))]
    before = owners(system, router, keys)
    router.remove(refs[3])
    without = owners(system, router, keys)
    moved = [k for k in range(len(keys)) if before[k] != without[k]]
    assert moved == [k for k in range(len(keys)) if before[k] == refs[3]]
    # A tenth is expected; the shares differ by about a tenth of that.
    assert 0.03 < len(moved) / len(keys) < 0.25
    router.add(refs[3])
    assert owners(system, router, keys) == before
    system.poison(refs[3])
    system.await_rest()
    assert owners(system, router, keys) == without


def test_every_routee_has_about_its_share_of_the_keys(system):
    router = system.router_pool("consistent-hash", counting, 10)
    system.spawn(flooding, router.value).tell(FLOOD, 10 * MANY, COUNT)
    found = counts(system, router)
    assert sum(found) == 10 * MANY
    assert min(found) > 0.5 * MANY
    assert max(found) < 1.5 * MANY


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_a_live_routee_a_message_is_one_dead_letter(system, strategy):
    empty = system.router(strategy, [])
    ended = system.router_pool(strategy, counting, 3)
    system.poison(*ended.routees())
    system.await_rest()
    before = dead_letters(system)
    empty.tell(COUNT)
    ended.tell(COUNT)
    assert dead_letters(system) == before + 2
    assert ended.routees() == []


@pytest.mark.parametrize("strategy", TO_ONE)
def test_an_answer_goes_to_who_asked_the_router(system, strategy):
    router = system.router_pool(strategy, counting, 3)
    refs = {r.value for r in router.routees()}
    for k in range(20):
        reply = system.ask(router, REPLY, k).result(timeout=30)
        assert reply.data[0] == k
        assert reply.data[1] in refs


def test_of_the_answers_to_a_broadcast_question_the_first_counts(system):
    router = system.router_pool("broadcast", counting, 3)
    before = dead_letters(system)
    assert system.ask(router, REPLY, 11).result(timeout=30).data[0] == 11
    assert dead_letters(system) == before + 2


@pytest.mark.parametrize(("strategy", "replies"), [("round-robin", 1), ("broadcast", 4)])
def test_replies_reach_the_actor_that_sent_through_the_router(system, strategy, replies):
    router = system.router_pool(strategy, counting, 4)
    sender = system.spawn(flooding, router.value)
    sender.tell(FLOOD, 25, REPLY)
    system.await_rest()
    assert system.state(sender)[1] == 25 * replies


def test_a_message_from_python_has_no_sender_behind_a_router(system):
    router = system.router_pool("random", counting, 1)
    router.tell(COUNT)
    system.await_rest()
    assert system.state(router.routees()[0])[3] == NONE


def test_timers_take_routers_once_and_again_and_again(system):
    router = system.router_pool("round-robin", counting, 3)
    system.send_after(0.001, router, COUNT)
    timer = system.send_after(0.001, router, COUNT, every=0.001)
    while sum(counts(system, router)) < 7:
        pass
    assert system.cancel(timer)
    assert max(counts(system, router)) - min(counts(system, router)) <= 1


def test_routees_come_and_go(system):
    refs = [int(r) for r in system.spawn_many(counting, 12)]
    router = system.router("broadcast", refs[:2])
    router.tell(COUNT)
    router.add(*refs[2:4], refs[0])
    router.tell(COUNT)
    router.remove(refs[0], refs[1], refs[9])
    router.tell(COUNT)
    assert counts(system, refs[:5]) == [2, 2, 2, 2, 0]
    assert [r.value for r in router.routees()] == sorted(refs[2:4])
    system.poison(refs[2])
    system.await_rest()
    router.add(*refs[4:11])  # room for 8: the ended one is dropped
    router.tell(COUNT)
    assert counts(system, refs) == [2, 2, 2, 3, 1, 1, 1, 1, 1, 1, 1, 0]
    with pytest.raises(ActorSystemError, match="the router has room for 8 routees, not for 9"):
        router.add(refs[11])


def test_who_is_named_twice_counts_once(system):
    (ref,) = system.spawn_many(counting, 1)
    system.router("broadcast", [ref, ref]).tell(COUNT)
    assert counts(system, [ref]) == [1]


def test_what_makes_no_sense_is_refused(system):
    (ref,) = system.spawn_many(counting, 1)
    router = system.router("random", [ref])
    with pytest.raises(ValueError, match=r"strategy must be one of round-robin, .*, got 'best'"):
        system.router("best", [ref])
    for wrong in (-1, -20, router, 1 << 20):
        with pytest.raises(ValueError, match="routees must be actors of this system"):
            system.router("random", [wrong])
        with pytest.raises(ValueError, match="routees must be actors of this system"):
            router.add(wrong)
    with pytest.raises(ValueError, match="room must be 2 to 65535, got 1"):
        system.router("random", system.spawn_many(counting, 2), room=1)


def test_rooms_that_are_used_up_are_told():
    with ActorSystem(BEHAVIOURS, workers=1, actors=64) as system:
        refs = system.spawn_many(counting, 2)
        with pytest.raises(ActorSystemError, match=r"give ActorSystem\(\.\.\., routers=16\)"):
            system.router("random", refs)
        before = dead_letters(system)
        system.tell(1 << 31, COUNT)
        assert dead_letters(system) == before + 1
    with ActorSystem(BEHAVIOURS, workers=1, actors=64, routers=2, routees=10) as system:
        refs = system.spawn_many(counting, 2)
        with pytest.raises(ActorSystemError, match=r"room for 10 routees is left.* asks for 11"):
            system.router("random", refs, room=11)
        system.router("random", refs)
        with pytest.raises(ActorSystemError, match=r"room for 2 routees is left.* asks for 8"):
            system.router("random", refs)
        system.router("random", refs, room=2).tell(COUNT)
        assert sum(counts(system, refs)) == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_message_is_lost_while_routees_stop_and_others_come(strategy):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    pick = np.random.default_rng(seed)
    flood = 50 if INTERPRETED else 2000
    rounds = 4 if INTERPRETED else 30
    with ActorSystem(BEHAVIOURS, workers=2, actors=4096, routers=1, mailbox_capacity=4) as system:
        constant = system.spawn(counting)
        router = system.router(strategy, [constant], room=64)
        senders = [system.spawn(flooding, router.value) for _ in range(3)]
        ended = threading.Event()

        def from_python():
            while not ended.is_set():
                router.tell(COUNT)

        thread = threading.Thread(target=from_python)
        thread.start()
        for done in range(rounds):
            for sender in senders:
                sender.tell(FLOOD, flood, COUNT)
            # Some stop by themselves, in the middle; some are taken out.
            router.add(*(system.spawn(counting, 0, 0, int(n)) for n in pick.integers(0, 200, 8)))
            others = [r for r in router.routees() if r != constant]
            router.remove(*(r for r in others if pick.random() < 0.4))
            counted = system.counters()
            assert counted["processed"] + counted["dead_letters"] <= system.counters()["sent"]
            system.wait(3 * (done + 1), 60)
        ended.set()
        thread.join()
        system.await_rest(120)
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]
        assert counted["refused"] == 0
        if strategy == "broadcast":
            assert 3 * rounds * flood <= system.state(constant)[0] < counted["sent"]


def test_nobody_is_no_routee_and_a_router_is_not_watched(system):
    router = system.router("random", [])
    with pytest.raises(ValueError, match="must be actors of this system, got the reference 0"):
        router.add(0)
    with pytest.raises(ValueError, match="must be actors of this system, got the reference 0"):
        system.router("random", [0])
    with pytest.raises(ValueError, match="a router never ends"):
        system.watch(router)


class Spy:
    """A kernel that notes whether a lock was held when it was asked to compile."""

    def __init__(self, kernel, lock, held):
        self.kernel, self.lock, self.held = kernel, lock, held

    def __call__(self, *arguments):
        assert self.lock._is_owned()
        return self.kernel(*arguments)

    def compile(self, takes):
        self.held.append(self.lock._is_owned())
        self.kernel.compile(takes)


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
@pytest.mark.parametrize("first", ["make", "change"])
def test_nothing_is_compiled_while_the_lock_of_the_routers_is_held(first, monkeypatch):
    held = []
    with ActorSystem(BEHAVIOURS, workers=1, actors=64, routers=4) as system:
        if first == "change":
            router = system.router("consistent-hash", [])
            system._routers._prepare = Prepared(system._tables.router, ActorSystemError).prepare
        for name in ("publish", "fill_points"):
            spy = Spy(getattr(routers, name), system._routers._lock, held)
            monkeypatch.setattr(routers, name, spy)
        if first == "make":
            router = system.router_pool("consistent-hash", BEHAVIOURS[0], 2)
        router.add(system.spawn(BEHAVIOURS[0]))
    assert held == [False, False]
