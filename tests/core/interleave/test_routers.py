"""Senders through a router under every schedule within bounds, while its list changes."""

import secrets

import pytest
from zbench.core.actors.refs import ONE_LIFE

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

FEW_POINTS = ("POINTS = 128", "POINTS = 2")
UNCHECKED = (
    "        if atomics.load_relaxed(t.router, row + router_row.LIST) == version:\n            return routee\n    return NONE\n\n\n@kernel\ndef following",
    "        if version >= 0:\n            return routee\n    return NONE\n\n\n@kernel\ndef following",
)
UNCHECKED_TO_ALL = (
    "        routee = _above(t, row, version, ref)\n        if atomics.load_relaxed(t.router, row + router_row.LIST) == version:\n",
    "        routee = _above(t, row, version, ref)\n        if version >= 0:\n",
)
IN_PLACE = (
    "router[row + router_row.FIRST] + ((version >> COUNT_BITS) & 1) * size",
    "router[row + router_row.FIRST] + 0 * size",
)
PUBLISHED_FIRST = (
    "    atomics.fence()\n    for k in range(len(refs)):",
    "    atomics.store_release(router, row + router_row.LIST, word)\n    for k in range(len(refs)):",
)
MUTATIONS = [UNCHECKED, UNCHECKED_TO_ALL, IN_PLACE, PUBLISHED_FIRST]
A, B, C, D = (ONE_LIFE + slot for slot in range(4))  # references of the routees


def load(mutation=None):
    mutations = {"memory.layout.router_row": FEW_POINTS, "worker.actor_run": NO_WAIT}
    if mutation is not None:
        mutations["delivery.routers"] = mutation
    return load_interpreted(mutations)


@pytest.fixture(scope="module")
def core():
    return load()


class Routed:
    """Four actors, a router over some of them, and its senders' picks."""

    def __init__(self, core, strategy, routees):
        self.core = core
        layout = core.memory.layout
        tables = core.system.allocation.new_tables(
            workers=2, actors=64, rings=128, ring_slots=2, state_words=1, routers=1, routees=4
        )
        for ref in (A, B, C, D):
            slot = core.lifecycle.spawning.claim(tables, 2, 0)
            assert core.lifecycle.spawning.start(tables, 2, slot) == ref
        tables.router[layout.router_row.LOGIC] = strategy
        tables.router[layout.router_row.ROUTEES] = 4
        self.hashed = strategy == core.delivery.routers.CONSISTENT_HASH
        self.t = tables
        self.publish(routees)
        self.t = share(tables)
        self.router = core.delivery.routers.ROUTER_SLOT

    def publish(self, refs):
        points = [0] * (len(refs) * self.core.memory.layout.router_row.POINTS * self.hashed)
        if self.hashed:
            self.core.delivery.routers.fill_points(refs, points)
        self.core.delivery.routers.publish(self.t.router, self.t.routee, 0, refs, sorted(points))

    def change(self, lists):
        for refs in lists:
            self.publish(refs)

    def owner_in(self, refs, key):
        """The routee of a key in a list that nobody changes."""
        other = Routed(self.core, self.core.delivery.routers.CONSISTENT_HASH, refs)
        return self.core.delivery.routers.pick(other.t, 0, other.router, key)


def hashed_case(core, key, lists):
    """A sender of a key that belongs to B in every list, beside changes of the list."""

    def build():
        routed = Routed(core, core.delivery.routers.CONSISTENT_HASH, lists[0])
        found = []

        def sender():
            found.append(core.delivery.routers.pick(routed.t, 0, routed.router, key))

        def check():
            assert found == [B], f"the key of {B} went to {found}"

        return [lambda: routed.change(lists[1:]), sender], check

    return build


def to_all_case(core, lists):
    """A message to all, beside changes of a list that B stays in."""

    def build():
        routed = Routed(core, core.delivery.routers.BROADCAST, lists[0])
        told = []

        def sender():
            ref = core.delivery.routers.following(routed.t, routed.router, -1)
            while ref != -1:
                told.append(ref)
                ref = core.delivery.routers.following(routed.t, routed.router, ref)

        def check():
            assert told.count(B) == 1, f"{B} was told {told.count(B)} times, of {told}"
            assert len(told) == len(set(told)), f"told twice: {told}"

        return [lambda: routed.change(lists[1:]), sender], check

    return build


# The third list of each goes into the section of the first.
LISTS = {
    "added before": [[B, C], [B], [A, B, C]],
    "removed before": [[A, B, D], [A, B], [B, D]],
    "to and fro": [[B], [A, B], [B], [A, B]],
}


def keys_of_b(core, lists):
    """Some keys that belong to B in each of the lists."""
    routed = Routed(core, core.delivery.routers.CONSISTENT_HASH, [B])
    keys = [k for k in range(64) if all(routed.owner_in(refs, k) == B for refs in lists)]
    assert len(keys) > 3
    return keys[:3]


def cases(core, name, keys):
    lists = LISTS[name]
    return [*(hashed_case(core, k, lists) for k in keys), to_all_case(core, lists)]


@pytest.mark.parametrize("name", LISTS)
def test_a_routee_that_stays_gets_its_keys_and_every_message_to_all_once(core, name):
    for case in cases(core, name, keys_of_b(core, LISTS[name])):
        assert explore(core, case, preemptions=2, delays=1, limit=1500).failure is None
        assert sample(core, case, secrets.randbits(30), 300).failure is None


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=["unchecked", "unchecked to all", "in place", "published first"]
)
def test_without_its_order_a_list_leads_senders_astray(core, mutation):
    mutant = load(mutation)
    found = (
        explore(mutant, case, preemptions=2, delays=1, limit=20_000).failure
        for name in LISTS
        for case in cases(mutant, name, keys_of_b(core, LISTS[name]))
    )
    assert any(f is not None and ("went to" in f or "told" in f) for f in found)


class Traffic(Routed):
    """The same with messages, workers, and routees that stop."""

    def __init__(self, core, strategy, routees):
        super().__init__(core, strategy, routees)
        self.sends, self.handled = 0, {}
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        kind = self.core.messages.envelope.kind_of(
            message[self.core.memory.layout.message_slot.HEADER]
        )
        self.handled.setdefault(ctx.self_ref(), []).append(kind)

    def send(self, me, kinds):
        for kind in kinds:
            self.sends += 1
            self.core.delivery.send.deliver(
                self.t,
                me,
                self.core.messages.envelope.enclose(self.router, kind, -1, (kind, 0, 0, 0, 0, 0)),
            )

    def worker(self, me, kinds):
        core, t = self.core, self.t
        self.send(me, kinds)
        while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def stop(self, me, ref):
        self.core.delivery.send.poison(self.t, me, ref)
        self.worker(me, [])

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self):
        layout = self.core.memory.layout
        done = self.total(layout.worker_row.PROCESSED) + self.total(layout.worker_row.DEAD_LETTERS)
        assert done == self.total(layout.worker_row.SENT), "a message was lost"
        handled = [kind for kinds in self.handled.values() for kind in kinds]
        if self.t.router[layout.router_row.LOGIC] == self.core.delivery.routers.BROADCAST:
            assert self.handled[B] == [5, 6], "who stays got a message not once, or out of order"
        else:
            # Beside the request to stop.
            assert self.total(layout.worker_row.SENT) == self.sends + 1
            assert len(handled) + self.total(layout.worker_row.DEAD_LETTERS) == self.sends


def traffic_case(core, strategy):
    """Two messages through the router, while the list changes and one routee stops."""

    def build():
        traffic = Traffic(core, strategy, [A, B])
        bodies = [
            lambda: traffic.worker(0, [5, 6]),
            lambda: traffic.stop(1, A),
            lambda: traffic.change([[A, B, C], [B, C]]),
        ]
        return bodies, traffic.check

    return build


@pytest.mark.parametrize("strategy", range(5))
def test_messages_through_a_router_keep_their_sum_and_order(core, strategy):
    case = traffic_case(core, strategy)
    found = explore(core, case, preemptions=2, delays=1, limit=500)
    assert found.failure is None, found.failure
    found = sample(core, case, secrets.randbits(30), 300)
    assert found.failure is None, found.failure
