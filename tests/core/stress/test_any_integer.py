"""Every operation that takes an integer gets any integer, beside those that were given out."""

import contextlib

import pytest
from zbench.core.actors.refs import BEYOND, ONE_LIFE

from tests.core.behaviours import obedient as o

STEPS = 250
STORM = 400
EDGES = [0, 1, -1, -16, BEYOND, 1 << 31, 1 << 32, 1 << 40, 1 << 62, -(1 << 62), 2**63 - 1, -(2**63)]
FAR = 10**15  # ns; a timer set for later has not fired when the test ends


class Anything:
    """A system, and all integers that it has given out, by their purpose."""

    def __init__(self, system, pool, pick):
        self.system, self.pool, self.pick = system, pool, pick
        self.actors, self.parent, self.old = set(), {}, [0]
        self.timers, self.watches, self.blocks = set(), set(), set()
        self.fired = set()  # timers that may have fired

    def any_integer(self):
        """A valid one, one that was valid, or one near these, or at an edge, or at random."""
        known = [*self.actors, *self.timers, *self.watches, *self.blocks, *self.old[-50:]]
        roll = self.pick.randrange(8)
        if roll < 3:
            return self.pick.choice(known)
        if roll == 3:
            return wrapped(self.pick.choice(EDGES) + self.pick.randrange(-2, 80))
        if roll == 4:
            return wrapped(self.pick.choice(known) ^ (1 << self.pick.randrange(64)))
        if roll == 5:
            return wrapped(self.pick.choice(known) + self.pick.choice([-ONE_LIFE, ONE_LIFE, 1, -1]))
        if roll == 6:
            return self.pick.randrange(-100, 200)
        return wrapped(self.pick.getrandbits(64))

    def root(self):
        """An actor that obeys; a new one now and then, when there is none or by chance."""
        living = [a for a in self.actors if self.parent[a] is None]
        if len(living) < 2:
            living.append(self.system.spawn("obedient").value)
            self.note_actor(living[-1], None)
        return self.pick.choice(living)

    def note_actor(self, ref, parent):
        assert ref not in self.parent, "one reference was given out twice"
        self.actors.add(ref)
        self.parent[ref] = parent
        self.old.append(ref)

    def below(self, ref):
        """An actor and all below it, where actors have parents."""
        found = {ref}
        while self.system.supervised:
            more = {a for a, parent in self.parent.items() if parent in found} - found
            if not more:
                break
            found |= more
        return found

    def obey(self, who, operation, x, y):
        """Have an actor do one operation, and check its result and what became of the others."""
        faults = self.system.counters()["failures"]
        result = o.obey(self.system, who, operation, x, y)
        self.check_result(who, operation, x, result)
        mortal = self.below(x) if operation in (o.STOP_CHILD, o.POISON) else set()
        if self.system.counters()["failures"] > faults:
            mortal |= self.below(who)
        dead = {a for a in self.actors if not self.system.is_alive(a)}
        assert dead <= mortal, "an actor ended that nobody stopped"
        stops = operation == o.POISON or (operation == o.STOP_CHILD and self.system.supervised)
        assert not (stops and x in self.actors - dead), "an actor did not end"
        self.actors -= dead
        assert self.system.tree().live == len(self.actors), "there is an actor that nobody made"

    def check_result(self, who, operation, x, result):
        if operation == o.SPAWN:
            assert result == -1 or x in (o.OBEDIENT, o.DEAF)
            if result != -1:
                self.note_actor(result, who)
        elif operation == o.WATCH and result != -1:
            self.given(self.watches, result)
        elif operation == o.AFTER and result != -1:
            self.given(self.timers if x >= FAR else self.fired, result)
        elif operation == o.ALLOCATE:
            assert (result != -1) <= (0 <= x <= 256), "a block of an impossible size"
            if result != -1:
                self.given(self.blocks, result)
        elif operation == o.EVERY:
            assert result == 1 or x < 1 or len(self.timers) > o.ROOM // 2
        elif operation in (o.UNWATCH, o.CANCEL, o.FREE):
            handles = {o.UNWATCH: self.watches, o.CANCEL: self.timers, o.FREE: self.blocks}
            # A watch is over too when its message was sent; a timer of FAR only if cancelled.
            known = x in handles[operation]
            assert result <= (known or x in self.fired), "somebody else's handle was taken"
            assert operation == o.UNWATCH or result >= known
            handles[operation].discard(x)
        elif operation == o.TOUCH:
            assert (x in self.blocks) <= (result in (8, 32))
        elif operation == o.LOOKUP:
            assert result == -1

    def given(self, handles, handle):
        assert handle > 0
        assert handle not in handles, "one handle was given out twice"
        handles.add(handle)
        self.old.append(handle)

    def from_python(self):
        """One call of Python's side; it may refuse the integer."""
        system, x = self.system, self.any_integer()
        calls = [
            lambda: system.tell(x, 1, x),
            lambda: system.tell_system(x, 1, x),
            lambda: self.cancel(x),
            lambda: self.pool.free(x) and self.blocks.remove(x),
            lambda: self.pool.is_live(x) == (x in self.blocks) or pytest.fail("no such block"),
            lambda: system.is_alive(x) == (x in self.actors) or pytest.fail("no such actor"),
            lambda: system.watch(x, timeout=0.001),
            lambda: system.ask(x, 1, x, timeout=0.001),
        ]
        with contextlib.suppress(ValueError):
            self.pick.choice(calls)()
        system.await_rest(20)

    def cancel(self, timer):
        if self.system.cancel(timer):
            assert timer in self.timers | self.fired
        self.timers.discard(timer)

    def check_sums(self):
        self.system.await_rest(20)
        counted = self.system.counters()
        handled = counted["processed"] + counted["dead_letters"] + counted["stashed"]
        assert counted["sent"] == handled
        states = self.system.tables.state.reshape(-1, self.system.tables.state_words)
        assert not states[:, o.STRAY].any(), "an actor got a message that was not for it"


def wrapped(number):
    """As a signed number of 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


@pytest.mark.compiles
@pytest.mark.parametrize("form", o.FORMS)
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_an_integer_that_was_not_given_out_reaches_nobody(workers, form, pick):
    system, pool = o.system_of(workers, form)
    with system:
        anything = Anything(system, pool, pick)
        for _ in range(STEPS):
            who = anything.root()
            if pick.random() < 0.2:
                anything.from_python()
                continue
            operation = pick.choice(o.OPERATIONS)
            x, y = anything.any_integer(), anything.any_integer()
            if operation in (o.BECOME, o.SPAWN) and pick.random() < 0.3:
                x = pick.choice((o.OBEDIENT, o.DEAF)) if operation == o.SPAWN else o.OBEDIENT
            if operation == o.AFTER and pick.random() < 0.5:
                x = FAR + pick.randrange(2**62)
            if operation == o.ALLOCATE and pick.random() < 0.5:
                x = pick.randrange(257)
            print(operation, x, y)
            if (operation, x) != (o.BECOME, o.DEAF):
                anything.obey(who, operation, x, y)
        anything.check_sums()
        # The same without waiting in between, from all actors at once.
        for _ in range(STORM):
            operation = pick.choice([k for k in o.OPERATIONS if k not in (o.BECOME, o.EVERY)])
            x, y = anything.any_integer(), anything.any_integer()
            system.tell(pick.choice(anything.old), o.OBEY, operation, x, y, o.KEY)
        anything.check_sums()
