"""Back-pressure by muted senders under every schedule within bounds."""

import secrets

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

FEW_CELLS = ("SLACK = 256 ", "SLACK = 4 ")
GO, ITEM, STOP = 1, 2, 3
SINK, OTHER, LINKED = 0, 1, 2  # indices of behaviours: the first two have mailboxes that suspend
LOOKS = 200

CIRCLE_FENCE = ("    atomics.fence()\n    if _leads_to", "    if _leads_to")
NO_WALK = ("    if _leads_to(t, receiver, actor):", "    if receiver < 0:")
NO_LOOK = (
    "    if _is_low(t, receiver):\n        unmute_all",
    "    if receiver < 0:\n        unmute_all",
)
READ_FENCE = ("    atomics.fence()\n    if atomics.load_relaxed", "    if atomics.load_relaxed")
EARLY_DOWN = (
    "        waiting = atomics.load_relaxed(t.bounded, line + bounded_row.WAITS_NEXT)\n"
    "        # release; pairs with the acquire loads in is_muted() and mute().\n"
    "        atomics.store_release(t.bounded, line + bounded_row.WAITS_FOR, 0)\n"
    "        if sender != me:\n"
    "            signal.signal(t, worker, sender)\n",
    "        atomics.store_release(t.bounded, line + bounded_row.WAITS_FOR, 0)\n"
    "        if sender != me:\n"
    "            signal.signal(t, worker, sender)\n"
    "        waiting = atomics.load_relaxed(t.bounded, line + bounded_row.WAITS_NEXT)\n",
)
NO_SIGNAL = ("        if sender != me:\n", "        if sender < 0:\n")


class System:
    """Workers, and actors that send items to another actor on ``GO``."""

    def __init__(self, core, name, actors, *, workers=2, capacity=2):
        self.core = core
        asked = core.mailbox.registry.Mailbox(name, capacity, "suspend")
        linked = core.mailbox.registry.Mailbox()
        made = core.mailbox.placement.Mailboxes([asked, asked, linked])
        t = core.system.allocation.new_tables(
            workers=workers, actors=4, rings=192, ring_slots=4, state_words=1,
            bounded=made.option(), bounded_words=made.words(4), backpressure=made.mute(),
        )  # fmt: skip
        made.fill(t)
        self.t = share(t)
        self.sent = [0] * workers
        self.inside, self.handled = set(), []
        self.refs = [core.lifecycle.spawning.create(self.t, 0, 0, kind, (0,)) for kind in actors]
        core.worker.dispatch.BEHAVIOURS[:] = [self.behaviour] * 3

    def behaviour(self, ctx, state, message):
        assert ctx.actor not in self.inside, "the actor runs twice at once"
        assert not self.core.delivery.backpressure.is_muted(self.t, ctx.actor), "a muted actor runs"
        self.inside.add(ctx.actor)
        self.core.memory.atomics.load_relaxed(self.t.shared, 0)  # a switch point
        data = self.core.memory.layout.message_slot.DATA
        kind = self.core.messages.envelope.kind_of(
            message[self.core.memory.layout.message_slot.HEADER]
        )
        if kind == GO:
            for k in range(int(message[data + 1])):
                self.sent[ctx.worker] += 1
                ctx.send(self.refs[int(message[data])], ITEM, k)
            if int(message[data + 2]):
                ctx.stop()
        elif kind == STOP:
            ctx.stop()
        self.handled.append((ctx.actor, kind))
        self.inside.remove(ctx.actor)

    def serve(self, me):
        core, t = self.core, self.t
        looks = 0
        while True:
            actor = core.scheduler.work_stealing.next_actor(t, me)
            if actor < 0:
                return
            looks += 1
            assert looks < LOOKS, "an actor runs for ever"
            if core.worker.loop.run_actor(t, me, actor) == core.worker.loop.AGAIN:
                core.scheduler.work_stealing.share(t, me, actor)
                core.memory.atomics.pause()

    def worker(self, me, script):
        for step in script:
            if step == "serve":
                self.serve(me)
            elif step == "spawn":
                # The slot freed last, in place of the actor that stopped.
                self.refs.append(self.core.lifecycle.spawning.create(self.t, me, 0, LINKED, (0,)))
            else:
                to, kind, *data = step
                if to >= len(self.refs):
                    continue
                self.sent[me] += 1
                data = tuple(data) + (0,) * (6 - len(data))
                self.core.delivery.send.deliver(
                    self.t, me, self.core.messages.envelope.enclose(self.refs[to], kind, -1, data)
                )
        self.serve(me)

    def total(self, counter):
        words = self.core.memory.layout.worker_row.WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(len(self.sent)))

    def check(self, dropped):
        layout = self.core.memory.layout
        names = ("PROCESSED", "DEAD_LETTERS", "DROPPED")
        counted = {n: self.total(getattr(layout.worker_row, n)) for n in names}
        total = counted["PROCESSED"] + counted["DEAD_LETTERS"]
        assert total == sum(self.sent), f"somebody waits for ever: {counted}, sent {self.sent}"
        assert self.total(layout.worker_row.SIGNALS) == self.total(layout.worker_row.SIGNALLED)
        for actor in range(4):
            line = actor * layout.bounded_row.WORDS
            assert self.t.bounded[line + layout.bounded_row.WAITING] == 0, "a stack was left"
            assert self.t.bounded[line + layout.bounded_row.WAITS_FOR] == 0, (
                "an actor is left muted"
            )
        if not dropped:
            assert counted["DROPPED"] == 0


def case(core, name, actors, *scripts, dropped=False, capacity=2):
    """Each worker follows a script, then serves."""

    def build():
        system = System(core, name, actors, workers=len(scripts), capacity=capacity)
        bodies = [lambda k=k: system.worker(k, scripts[k]) for k in range(len(scripts))]
        return bodies, lambda: system.check(dropped)

    return build


def go(who, to, items, stops=0):
    return (who, GO, to, items, stops)


# Behaviours of slots 0, 1, ...; then a script for each worker. Some drop: beyond the slack.
CASES = {
    "two senders fill one receiver": (
        [SINK, LINKED, LINKED],
        [go(1, 0, 3), go(1, 0, 1)],
        [go(2, 0, 3), go(2, 0, 1)],
    ),
    "a sender meets a reader": ([SINK, LINKED], [go(1, 0, 3), go(1, 0, 1)], [(0, ITEM)]),
    "two send to each other": (
        [SINK, OTHER],
        [go(0, 1, 3), go(0, 1, 1)],
        [go(1, 0, 3), go(1, 0, 1)],
    ),
    "three send in a circle": (
        [SINK, OTHER, SINK],
        [go(0, 1, 4), go(1, 2, 4), (0, ITEM)],
        [go(2, 0, 4), go(0, 1, 4)],
    ),
    "a line of three": (
        [SINK, OTHER, LINKED],
        [go(1, 0, 3), go(2, 1, 3), go(1, 0, 3)],
        [go(2, 1, 3), go(1, 0, 1)],
    ),
    "the receiver stops": (
        [SINK, LINKED, LINKED],
        [(0, STOP), go(1, 0, 4), go(1, 0, 1)],
        [go(2, 0, 4), go(2, 0, 1)],
    ),
    "the receiver stops and its slot is used again": (
        [SINK, LINKED],
        [(0, STOP), "serve", "spawn", (2, ITEM)],
        [go(1, 0, 4), go(1, 0, 1)],
    ),
    "a muted sender stops and its slot is used again": (
        [SINK, LINKED, SINK],
        [go(1, 0, 4, 1), "serve", "spawn", go(3, 2, 4), go(3, 2, 1)],
        [(0, ITEM), go(0, 2, 4)],
    ),
}


@pytest.mark.parametrize("name", ["standard", "hardware-optimised"])
@pytest.mark.parametrize("which", CASES)
def test_nobody_waits_for_ever_where(which, name):
    core = load_interpreted({"worker.actor_run": NO_WAIT, "mailbox.bounded.fetch_add": FEW_CELLS})
    made = case(core, name, *CASES[which], dropped=True)
    found = explore(core, made, preemptions=2, delays=1, limit=400)
    assert found.failure is None, found.failure
    found = sample(core, made, secrets.randbits(30), 200)
    assert found.failure is None, found.failure


class Protocol:
    """Slots 0 to 2 with mailboxes that are beyond their limits, and running owners."""

    def __init__(self, core, name="standard"):
        self.core = core
        self.system = System(core, name, [SINK, SINK, SINK], workers=3)
        self.t = self.system.t
        layout = core.memory.layout
        for actor in range(3):
            for k in range(3):
                core.delivery.send.deliver(
                    self.t,
                    0,
                    core.messages.envelope.enclose(
                        self.system.refs[actor], ITEM, -1, (k,) + (0,) * 5
                    ),
                )
            self.t.actor[actor * layout.lines.LINE + layout.actor_row.MAIL] = (
                core.mailbox.linked.EMPTY
            )  # it runs
        self.muted = {}

    def mute(self, actor, receiver):
        layout = self.core.memory.layout
        self.t.worker[actor * layout.worker_row.WORDS + layout.worker_row.PRESSED] = receiver + 1
        muted = self.core.delivery.backpressure.mute(self.t, actor, actor)
        self.muted[actor] = muted

    def resume(self, actor):
        """Go on as soon as the actor is not muted; whether a signal was raised."""
        while self.core.delivery.backpressure.is_muted(self.t, actor):
            self.core.memory.atomics.pause()

    def read(self, actor, messages):
        row = self.core.mailbox.bounded.lookup.row_of(1)
        place = self.core.mailbox.bounded.lookup.place_of(self.t, row, actor)
        for _ in range(messages):
            line = self.core.mailbox.bounded.by_type.front(self.t, row, place)
            self.core.mailbox.bounded.by_type.pop(self.t, row, place, line)
        self.core.delivery.backpressure.unmute_if_drained(self.t, actor, actor)

    def waits_for(self, actor):
        layout = self.core.memory.layout
        return (
            int(self.t.bounded[actor * layout.bounded_row.WORDS + layout.bounded_row.WAITS_FOR]) - 1
        )

    def has_signal(self, actor):
        layout = self.core.memory.layout
        return bool(
            self.t.actor[actor * layout.lines.LINE + layout.actor_row.MAIL]
            & self.core.mailbox.linked.SIGNAL
        )

    def check_no_circle(self):
        for actor in range(3):
            at, steps = actor, 0
            while self.muted.get(at) and self.waits_for(at) >= 0:
                at, steps = self.waits_for(at), steps + 1
                assert steps < 4, "a circle"

    def check_released(self, *senders):
        for actor in senders:
            assert self.waits_for(actor) < 0, "a sender waits for a mailbox that was read"
            assert not self.muted[actor] or self.has_signal(actor), "a signal is missing"


def circle_of(core, actors):
    """Each mutes itself on the next."""

    def build():
        p = Protocol(core)
        bodies = [lambda k=k: p.mute(k, (k + 1) % actors) for k in range(actors)]
        return bodies, p.check_no_circle

    return build


def reader_and(core, *senders, name="hardware-optimised"):
    """Senders mute themselves on slot 2, which is read at the same time."""

    def build():
        p = Protocol(core, name)
        bodies = [lambda k=k: p.mute(k, 2) for k in senders]
        reader = lambda: [p.read(2, messages) for messages in (1, 2)]  # noqa: E731
        return [*bodies, reader], lambda: p.check_released(*senders)

    return build


def muted_again(core):
    """Two wait for slot 2; one goes on, and waits for the other, while the stack is taken."""

    def build():
        p = Protocol(core)
        p.mute(1, 2)
        p.mute(0, 2)

        def goes_on():
            p.resume(0)
            p.mute(0, 1)

        def check():
            p.check_released(1)
            assert p.waits_for(0) == (1 if p.muted[0] else -1)

        return [goes_on, lambda: p.read(2, 3)], check

    return build


PROTOCOLS = {
    "two in a circle": lambda core: circle_of(core, 2),
    "three in a circle": lambda core: circle_of(core, 3),
    "a sender and a reader": lambda core: reader_and(core, 0),
    "two senders and a reader": lambda core: reader_and(core, 0, 1),
    "a sender and the reader of a ring": lambda core: reader_and(core, 0, name="standard"),
    "a sender muted again": muted_again,
}


@pytest.mark.parametrize("which", PROTOCOLS)
def test_the_protocol_holds_for(which):
    core = load_interpreted({"mailbox.bounded.fetch_add": FEW_CELLS})
    found = explore(core, PROTOCOLS[which](core), preemptions=2, delays=2, limit=1_500)
    assert found.failure is None, found.failure
    found = sample(core, PROTOCOLS[which](core), secrets.randbits(30), 200)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("mutation", "which"),
    [
        (NO_WALK, "two in a circle"),
        (NO_WALK, "three in a circle"),
        (CIRCLE_FENCE, "two in a circle"),
        (NO_LOOK, "a sender and a reader"),
        (READ_FENCE, "a sender and a reader"),
        (NO_SIGNAL, "two senders and a reader"),
        (EARLY_DOWN, "a sender muted again"),
    ],
)
def test_without_its_order_the_protocol_fails(mutation, which):
    mutant = load_interpreted(
        {"mailbox.bounded.fetch_add": FEW_CELLS, "delivery.backpressure": mutation}
    )
    found = explore(mutant, PROTOCOLS[which](mutant), preemptions=2, delays=2, limit=10_000)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
