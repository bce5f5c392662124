"""Bounded mailboxes under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import SharedArray, explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

COUNT, STOP = 1, 2
LOOKS = 60
NAMES = ["standard", "hardware-optimised", "sharded", "priority"]
FEW_CELLS = ("SLACK = 256 ", "SLACK = 1 ")

WAKE_FENCE = (
    "    atomics.fence()\n    # relaxed: a signal that is up",
    "    # relaxed: a signal that is up",
)
EARLY_LOOK = (
    "    outcome = by_type.put(t, row, place, level, life, e.kind, e.sender, e.data)\n    if outcome == cell.FULL and",
    "    wake(t, worker, slot_of_ref(e.to))\n"
    "    outcome = by_type.put(t, row, place, level, life, e.kind, e.sender, e.data)\n"
    "    if outcome == cell.PUT:\n        return outcomes.DELIVERED\n    if outcome == cell.FULL and",
)
DEAF = (
    "        expected = EMPTY\n",
    "        expected = atomics.load_acquire(t.actor, actor * LINE + actor_row.MAIL) & SIGNAL\n",
)
UNSEEN = (
    "    if by_type.size(t, row, lookup.place_of(t, row, actor)) != 0:\n",
    "    if by_type.size(t, row, lookup.place_of(t, row, actor)) < 0:\n",
)
LEFT_OPEN = ("    by_type.close(t, row, place)\n    return", "    return")
UNCHECKED_LIFE = ("    if is_alive(t, to):\n        wake", "    if to >= 0:\n        wake")
UNCLAIMED = (
    "            if atomics.compare_exchange(w, place + HEAD, head, head + 1):\n                return line\n",
    "            atomics.store_release(w, place + HEAD, head + 1)\n            return line\n",
)
OVERRUN = ("    cells = 2 * max(capacity, SLACK)\n", "    cells = capacity\n")


class Ring:
    """A bounded mailbox by itself, with the messages that went in and came out."""

    def __init__(self, core, kind, capacity):
        self.core, self.kind, self.capacity = core, kind, capacity
        self.w = SharedArray([0] * kind.words(capacity), "box")
        self.put, self.got = [], []

    def produce(self, me, messages):
        for k in range(messages):
            data = (10 * me + k, 0, 0, 0, 0, 0)
            outcome = self.kind.put(self.w, 0, self.capacity, 2, 0, 1, me, data)
            if outcome == self.core.mailbox.bounded.cell.PUT:
                self.put.append(data[0])

    def take(self, line):
        if line >= 0:
            self.got.append(self.w[line + self.core.memory.layout.message_slot.DATA])
            self.kind.pop(self.w, 0, self.capacity, line)

    def read(self):
        self.take(self.kind.front(self.w, 0, self.capacity))

    def drop(self):
        self.take(self.kind.oldest(self.w, 0, self.capacity, 2, 0))

    def check(self, in_order):
        while self.kind.size(self.w, 0, self.capacity) > 0:
            before = len(self.got)
            self.read()
            assert len(self.got) > before, "a message was lost"
        assert sorted(self.got) == sorted(self.put), f"put {self.put}, got {self.got}"
        by_sender = sorted(self.got, key=lambda number: number // 10)
        assert not in_order or by_sender == sorted(self.got), f"out of order: {self.got}"


def ring_case(core, kind, *, producers, messages, droppers=0):
    """Producers that try each message once, one reader, and droppers of the oldest."""

    def build():
        ring = Ring(core, kind, kind.least)
        bodies = [lambda me=me: ring.produce(me, messages) for me in range(producers)]
        reader = lambda: [ring.read() for _ in range(messages)]  # noqa: E731
        return [*bodies, reader, *[ring.drop] * droppers], lambda: ring.check(not droppers)

    return build


def kind_of(core, name):
    return core.mailbox.registry.type_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_box_gives_each_message_once_and_in_order(name):
    core = load_interpreted({"mailbox.bounded.fetch_add": FEW_CELLS})
    kind = kind_of(core, name)
    case = ring_case(core, kind, producers=2, messages=3)
    found = explore(core, case, preemptions=2, limit=4_000)
    assert found.failure is None, found.failure
    assert sample(core, case, secrets.randbits(30), 400).failure is None


@pytest.mark.parametrize("name", ["standard", "sharded", "priority"])
def test_the_oldest_is_taken_by_one_only(name):
    core = load_interpreted()
    kind = kind_of(core, name)
    case = ring_case(core, kind, producers=1, messages=3, droppers=2)
    found = explore(core, case, preemptions=2, limit=4_000)
    assert found.failure is None, found.failure
    assert sample(core, case, secrets.randbits(30), 400).failure is None


def test_a_reader_that_does_not_claim_takes_a_message_twice():
    mutant = load_interpreted({"mailbox.bounded.vyukov": UNCLAIMED})
    kind = kind_of(mutant, "standard")
    case = ring_case(mutant, kind, producers=1, messages=3, droppers=2)
    assert explore(mutant, case, preemptions=2).failure is not None


def test_claims_beyond_the_capacity_need_cells_of_their_own():
    mutant = load_interpreted({"mailbox.bounded.fetch_add": OVERRUN})
    kind = kind_of(mutant, "hardware-optimised")
    case = ring_case(mutant, kind, producers=3, messages=2)
    assert explore(mutant, case, preemptions=2).failure is not None


class System:
    """Two workers and an actor with a bounded mailbox in slot 0, which may be used again."""

    def __init__(self, core, name, *, capacity=None, overflow=None):
        self.core = core
        kind = core.mailbox.registry.type_of(name)
        asked = core.mailbox.registry.Mailbox(name, capacity or kind.least, overflow)
        made = core.mailbox.placement.Mailboxes([asked])
        t = core.system.allocation.new_tables(
            workers=2, actors=2, rings=96, ring_slots=2, state_words=1,
            bounded=made.option(), bounded_words=made.words(2),
        )  # fmt: skip
        made.fill(t)
        self.t = share(t)
        self.sent, self.inside, self.handled = [], set(), []
        self.first = core.lifecycle.spawning.create(self.t, 0, 0, 0, (0,))
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour]

    def behaviour(self, ctx, state, message):
        assert ctx.actor not in self.inside, "the actor runs twice at once"
        self.inside.add(ctx.actor)
        self.core.memory.atomics.load_relaxed(self.t.shared, 0)  # a switch point
        self.inside.remove(ctx.actor)
        self.handled.append(int(message[self.core.memory.layout.message_slot.DATA]))
        if (
            self.core.messages.envelope.kind_of(
                message[self.core.memory.layout.message_slot.HEADER]
            )
            == STOP
        ):
            ctx.stop()

    def serve(self, me):
        core, t = self.core, self.t
        looks = 0
        while (actor := core.scheduler.work_stealing.next_actor(t, me)) >= 0:
            looks += 1
            assert looks < LOOKS, "an actor runs for ever"
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def worker(self, me, script):
        for k, (what, *more) in enumerate(script):
            if what == "tell":
                self.sent.append(1)
                data = (10 * me + k, 0, 0, 0, 0, 0)
                self.core.delivery.send.deliver(
                    self.t,
                    me,
                    self.core.messages.envelope.enclose(self.first, *(more or [COUNT]), me, data),
                )
            elif what == "poison":
                self.sent.append(1)
                self.core.delivery.send.poison(self.t, me, self.first)
            elif what == "serve":
                self.serve(me)
            else:
                self.core.lifecycle.spawning.create(self.t, me, 0, 0, (0,))
        self.serve(me)

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(3))

    def check(self):
        layout = self.core.memory.layout
        counted = {
            n: self.total(getattr(layout.worker_row, n)) for n in ("PROCESSED", "DEAD_LETTERS")
        }
        waits = [self.core.mailbox.bounded.lookup.waiting(self.t, actor) for actor in (0, 1)]
        assert sum(counted.values()) == len(self.sent), f"a message was lost: {counted} {waits}"
        assert self.total(layout.worker_row.SIGNALS) == self.total(layout.worker_row.SIGNALLED)
        for me in (0, 1):
            mine = [h for h in self.handled if h // 10 == me]
            assert mine == sorted(mine), f"out of order: {self.handled}"


def system_case(core, name, *scripts, **options):
    """Each worker follows a script, then serves."""

    def build():
        system = System(core, name, **options)
        bodies = [lambda k=k: system.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, system.check

    return build


TELL, SERVE, SPAWN, POISON = ("tell",), ("serve",), ("spawn",), ("poison",)
CASES = {
    "two senders": ([TELL, TELL], [TELL]),
    "a full box": ([TELL, TELL, TELL], [TELL, TELL]),
    "a stop meets a message": ([("tell", STOP)], [TELL, TELL]),
    "a late message meets the slot's next life": (
        [("tell", STOP), SERVE, SPAWN],
        [TELL, TELL],
    ),
    "poison meets a message": ([TELL, POISON], [TELL]),
    "poison meets a stop": ([POISON], [("tell", STOP)]),
    "late poison meets the slot's next life": ([("tell", STOP), SERVE, SPAWN], [POISON, TELL]),
    "two requests": ([TELL, POISON], [POISON]),
}


@pytest.mark.parametrize("overflow", ["drop-newest", "drop-oldest"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_no_message_and_no_wake_up_is_lost_where(case, name, overflow):
    core = load_interpreted({"worker.actor_run": NO_WAIT})
    if overflow == "drop-oldest" and kind_of(core, name).oldest is None:
        overflow = "fail"
    made = system_case(core, name, *CASES[case], overflow=overflow)
    limit = 150 if name in ("sharded", "priority") else 500
    found = explore(core, made, preemptions=2, delays=1, limit=limit)
    assert found.failure is None, found.failure
    found = sample(core, made, secrets.randbits(30), limit // 2)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("module", "mutation", "case"),
    [
        ("delivery.bounded", WAKE_FENCE, "two senders"),
        ("delivery.bounded", EARLY_LOOK, "two senders"),
        ("mailbox.linked", DEAF, "two senders"),
        ("delivery.bounded", UNSEEN, "a late message meets the slot's next life"),
        ("delivery.bounded", LEFT_OPEN, "a stop meets a message"),
        ("delivery.bounded", UNCHECKED_LIFE, "poison meets a stop"),
    ],
)
def test_without_its_order_the_protocol_loses_something(module, mutation, case):
    mutations = {"worker.actor_run": NO_WAIT, module: mutation}
    mutant = load_interpreted(mutations)
    made = system_case(mutant, "standard", *CASES[case])
    found = explore(mutant, made, preemptions=2, delays=1, limit=30_000)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
