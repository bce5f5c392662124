"""The search over schedules."""

import random
from dataclasses import dataclass, field

from greenlet import greenlet

from tests.explorer.memory import SharedArray

MOST_STEPS = 5_000
MOST_STALLS = 3  # looks of all paused threads at unchanged memory


class Failure(AssertionError):  # noqa: N818  what a search finds, not a mishap
    """A schedule on which the check failed, with what to replay."""


@dataclass
class Outcome:
    """What a search did."""

    schedules: int = 0
    exhausted: bool = False
    failure: str | None = None
    choices: list[int] = field(default_factory=list)


class Thread:
    """One explored thread."""

    def __init__(self, number, body):
        self.number = number
        self.greenlet = greenlet(body)
        self.buffer = []
        self.asleep_on = None  # (array, index) of a futex
        self.paused_at = -1  # version of memory when it last paused


class Machine:
    """Runs one schedule: threads, their store buffers, the choices made."""

    def __init__(self, bodies, choose, preemptions, delays):
        self.choose = choose
        self.preemptions, self.delays = preemptions, delays
        self.threads = [Thread(k, body) for k, body in enumerate(bodies)]
        self.current = None
        self.version = 0
        self.steps = 0
        self.trace = []

    def run(self):
        """Run every thread to its end."""
        SharedArray.machine = self
        try:
            self._schedule()
        finally:
            SharedArray.machine = None

    def _schedule(self):
        last, stalled_at, stalls = None, -1, 0
        while any(not t.greenlet.dead for t in self.threads):
            awake = self._awake()
            if not awake:
                # A store is not delayed for ever: what nobody can outrun any more arrives.
                for t in self.threads:
                    self.drain(t)
                stalls = stalls + 1 if stalled_at == self.version else 0
                stalled_at = self.version
                awake = self._rouse(stalls)
            self.current = last = self._pick(awake, last)
            self.current.greenlet.switch()
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Failure(f"no end after {MOST_STEPS} steps: a live-lock")
        for t in self.threads:
            self.drain(t)

    def _awake(self):
        """Threads that can do something new."""
        return [
            t
            for t in self.threads
            if not t.greenlet.dead and t.asleep_on is None and t.paused_at != self.version
        ]

    def _rouse(self, stalls):
        """Let those that only paused look again; if that was in vain, all wait for ever."""
        paused = [t for t in self.threads if not t.greenlet.dead and t.asleep_on is None]
        if not paused or stalls > MOST_STALLS:
            stuck = ", ".join(str(t.number) for t in self.threads if not t.greenlet.dead)
            raise Failure(f"lost wake-up: threads {stuck} wait for ever")
        for t in paused:
            t.paused_at = -1
        return paused

    def _pick(self, awake, last):
        """Go on with the last thread, or switch: free where it cannot go on."""
        if last in awake:
            others = [t for t in awake if t is not last]
            if self.preemptions == 0 or not others:
                return last
            picked = self.choose(1 + len(others))
            if picked == 0:
                return last
            self.preemptions -= 1
            return others[picked - 1]
        return awake[self.choose(len(awake))]

    def point(self, what):
        """A switch point."""
        self.trace.append(f"{self.current.number}: {what}")
        self.current.greenlet.parent.switch()

    def drain(self, thread):
        """Let a thread's stores reach memory, oldest first."""
        for array, i, value in thread.buffer:
            array.data[i] = value
            self.version += 1
        thread.buffer.clear()

    def read(self, array, i):
        """What the running thread sees: its own latest store, else memory."""
        for other, k, value in reversed(self.current.buffer):
            if other is array and k == i:
                return value
        return array.data[i]

    def write(self, array, i, value, *, delayed):
        """Store: into memory, or behind what is delayed already."""
        if delayed or self.current.buffer:
            self.current.buffer.append((array, i, value))
        else:
            array.data[i] = value
            self.version += 1

    # The operations of zbench.core.atomics.

    def load(self, cells, i, order):
        self.point(f"load {cells.name}[{i}]")
        return self.read(cells, i)

    def store(self, cells, i, value, order):
        self.point(f"store {cells.name}[{i}] = {value}")
        delayed = self.delays > 0 and self.choose(2) == 1
        if delayed:
            self.delays -= 1
            self.trace.append(f"{self.current.number}:   ... delayed")
        elif not self.current.buffer:
            self.write(cells, i, value, delayed=False)
            return
        self.write(cells, i, value, delayed=True)

    def _modify(self, what, cells, i, change):
        self.point(f"{what} {cells.name}[{i}]")
        self.drain(self.current)
        old = cells.data[i]
        new = change(old)
        if new != old:
            cells.data[i] = new
            self.version += 1
        return old

    def fetch_add(self, cells, i, value):
        return self._modify(f"add {value}", cells, i, lambda old: old + value)

    def exchange(self, cells, i, value):
        return self._modify(f"exchange {value}", cells, i, lambda old: value)

    def compare_exchange(self, cells, i, expected, new):
        what = f"compare-exchange {expected}->{new}"
        old = self._modify(what, cells, i, lambda old: new if old == expected else old)
        return old == expected

    def fence(self):
        self.point("fence")
        self.drain(self.current)

    def pause(self):
        self.drain(self.current)
        self.current.paused_at = self.version
        self.point("pause")

    def futex_wait(self, cells, i, expected):
        self.point(f"futex wait {cells.name}[{i}] == {expected}")
        self.drain(self.current)
        if cells.data[i] == expected:
            self.current.asleep_on = (cells, i)
            self.point("asleep")

    def futex_wake(self, cells, i, count):
        self.point(f"futex wake {cells.name}[{i}]")
        self.drain(self.current)
        for thread in self.threads:
            if count > 0 and thread.asleep_on is not None and thread.asleep_on[1] == i:
                thread.asleep_on = None
                count -= 1


def _run(core, build, choose, preemptions, delays):
    """One schedule; what failed, or None."""
    bodies, check = build()
    machine = Machine(bodies, choose, preemptions, delays)
    core.atomics.model = machine
    try:
        machine.run()
        core.atomics.model = None
        check()
    except Exception as error:
        return f"{type(error).__name__}: {error}\n" + "\n".join(machine.trace)
    finally:
        core.atomics.model = None
    return None


class Path:
    """Choices of one schedule: a given beginning, then the first option."""

    def __init__(self, beginning):
        self.beginning = beginning
        self.made, self.options = [], []

    def __call__(self, options):
        at = len(self.made)
        choice = self.beginning[at] if at < len(self.beginning) else 0
        self.made.append(choice)
        self.options.append(options)
        return choice

    def following(self):
        """Beginning of the next schedule, depth first; None after the last."""
        for at in reversed(range(len(self.made))):
            if self.made[at] + 1 < self.options[at]:
                return [*self.made[:at], self.made[at] + 1]
        return None


def explore(core, build, *, preemptions=2, delays=1, limit=50_000):
    """Every schedule within the bounds, until one fails or the limit is reached.

    ``build`` returns the threads' bodies and a check of the end, over fresh memory.
    """
    found = Outcome()
    beginning = []
    while beginning is not None and found.schedules < limit:
        path = Path(beginning)
        found.failure = _run(core, build, path, preemptions, delays)
        found.schedules += 1
        if found.failure is not None:
            found.choices = path.made
            return found
        beginning = path.following()
    found.exhausted = beginning is None
    return found


def replay(core, build, choices, *, preemptions=2, delays=1):
    """The failure of one schedule again."""
    return _run(core, build, Path(choices), preemptions, delays)


def sample(core, build, seed, schedules, *, preemptions=20, delays=5):
    """Random schedules beyond the bounds of ``explore``; the seed is printed."""
    print(f"seed {seed}")
    pick = random.Random(seed)
    found = Outcome()
    for _ in range(schedules):
        made = []

        def choose(options, made=made):
            # Mostly go on, else switches would leave no thread a run of any length.
            made.append(pick.randrange(options) if pick.random() < 0.3 else 0)
            return made[-1]

        found.failure = _run(core, build, choose, preemptions, delays)
        found.schedules += 1
        if found.failure is not None:
            found.choices = made
            return found
    return found
