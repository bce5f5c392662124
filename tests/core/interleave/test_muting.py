"""Back-pressure by muted senders under every schedule within bounds."""

import secrets
from types import SimpleNamespace

import pytest

from tests.core.interleave.test_structures import NO_WAIT
from tests.explorer import explore, load_interpreted, sample, share

FEW_CELLS = ("SLACK = 256 ", "SLACK = 4 ")
GO, ITEM, STOP = 1, 2, 3
SINK, OTHER, LINKED = 0, 1, 2  # indices of behaviours: the first two have mailboxes that suspend
LOOKS = 200

CIRCLE_FENCE = ("    at.fence()\n    if _leads_to", "    if _leads_to")
NO_WALK = ("    if _leads_to(t, receiver, actor):", "    if receiver < 0:")
NO_LOOK = ("    if _is_low(t, receiver):\n        release", "    if receiver < 0:\n        release")
READ_FENCE = ("    at.fence()\n    if at.load_relaxed", "    if at.load_relaxed")
EARLY_DOWN = (
    "        waiting = at.load_relaxed(t.box, line + WAITS_NEXT)\n"
    "        # release; pairs with the acquire loads in is_muted() and mute().\n"
    "        at.store_release(t.box, line + WAITS_FOR, 0)\n"
    "        if sender != me:\n"
    "            family.signal(t, worker, sender)\n",
    "        at.store_release(t.box, line + WAITS_FOR, 0)\n"
    "        if sender != me:\n"
    "            family.signal(t, worker, sender)\n"
    "        waiting = at.load_relaxed(t.box, line + WAITS_NEXT)\n",
)
NO_SIGNAL = ("        if sender != me:\n", "        if sender < 0:\n")
OTHERS_STACK = (
    "    if at.load_acquire(t.box, line + WAITS_FOR) != 0:\n        return False  #",
    "    if at.load_acquire(t.box, line + WAITS_FOR) < 0:\n        return False  #",
)


class System:
    """Workers, and actors whose ``GO`` sends so many items to another actor."""

    def __init__(self, core, name, actors, *, workers=2, capacity=2):
        self.core = core
        asked = core.mailbox_types.Mailbox(name, capacity, "suspend")
        boxed = SimpleNamespace(asked_mailbox=lambda: asked)
        linked = SimpleNamespace(asked_mailbox=core.mailbox_types.Mailbox)
        made = core.mailboxes.Mailboxes([boxed, boxed, linked])
        t = core.layout.new_tables(
            workers=workers, actors=4, rings=192, ring_slots=4, state_words=1,
            boxes=made.option(), box_words=made.words(4), muting=made.mute(),
        )  # fmt: skip
        made.fill(t)
        self.t = share(t)
        self.sent = [0] * workers
        self.inside, self.handled = set(), []
        self.refs = [core.spawning.create(self.t, 0, 0, kind, (0,)) for kind in actors]
        core.dispatch.BEHAVIOURS[:] = [self.behaviour] * 3

    def behaviour(self, ctx, state, message):
        assert ctx.actor not in self.inside, "the actor runs twice at once"
        assert not self.core.muting.is_muted(self.t, ctx.actor), "a muted actor runs"
        self.inside.add(ctx.actor)
        self.core.atomics.load_relaxed(self.t.shared, 0)  # a point to be interrupted at
        data = self.core.layout.DATA
        kind = self.core.mailbox.kind_of(message[self.core.layout.HEADER])
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
            actor = core.scheduler.next_actor(t, me)
            if actor < 0:
                return
            looks += 1
            assert looks < LOOKS, "an actor runs for ever"
            if core.loop.run_actor(t, me, actor) == core.loop.AGAIN:
                core.scheduler.share(t, me, actor)
                core.atomics.pause()

    def worker(self, me, script):
        for step in script:
            if step == "serve":
                self.serve(me)
            elif step == "spawn":
                # The slot freed last, in place of the actor that stopped.
                self.refs.append(self.core.spawning.create(self.t, me, 0, LINKED, (0,)))
            else:
                to, kind, *data = step
                if to >= len(self.refs):
                    continue
                self.sent[me] += 1
                data = tuple(data) + (0,) * (6 - len(data))
                self.core.sending.deliver(self.t, me, self.refs[to], kind, -1, data)
        self.serve(me)

    def total(self, counter):
        words = self.core.layout.WORKER_WORDS
        return sum(int(self.t.worker[me * words + counter]) for me in range(len(self.sent)))

    def check(self, dropped):
        layout = self.core.layout
        names = ("PROCESSED", "DEAD_LETTERS", "DROPPED")
        counted = {n: self.total(getattr(layout, n)) for n in names}
        total = counted["PROCESSED"] + counted["DEAD_LETTERS"]
        assert total == sum(self.sent), f"somebody waits for ever: {counted}, sent {self.sent}"
        assert self.total(layout.SIGNALS) == self.total(layout.SIGNALLED)
        for actor in range(4):
            line = actor * layout.BOX_WORDS
            assert self.t.box[line + layout.WAITING] == 0, "a stack was left"
            assert self.t.box[line + layout.WAITS_FOR] == 0, "an actor is left muted"
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


# Slots 0, 1, ...: their kinds; then a script for each worker. Some drop: more than the slack.
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
    core = load_interpreted({"loop": NO_WAIT, "box_counted": FEW_CELLS})
    made = case(core, name, *CASES[which], dropped=True)
    found = explore(core, made, preemptions=2, delays=1, limit=400)
    assert found.failure is None, found.failure
    found = sample(core, made, secrets.randbits(30), 200)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("mutation", "name", "which"),
    [
        (NO_WALK, "standard", "two send to each other"),
        (CIRCLE_FENCE, "standard", "two send to each other"),
        (NO_LOOK, "standard", "two senders fill one receiver"),
        (READ_FENCE, "hardware-optimised", "a sender meets a reader"),
        (NO_SIGNAL, "standard", "two senders fill one receiver"),
    ],
)
def test_without_its_order_somebody_waits_for_ever(mutation, name, which):
    mutations = {"loop": NO_WAIT, "box_counted": FEW_CELLS, "muting": mutation}
    mutant = load_interpreted(mutations)
    made = case(mutant, name, *CASES[which], dropped=True)
    found = explore(mutant, made, preemptions=2, delays=1, limit=30_000)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
