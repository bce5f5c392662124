"""The search over schedules."""

import random
import sys
from dataclasses import dataclass, field

from greenlet import greenlet

from tests.explorer.memory import SharedArray

MOST_STEPS = 5_000
FAIR_AFTER = 1_000  # steps; from then on threads take turns, so only true live-locks stay
MOST_STALLS = 3  # looks of all paused threads at unchanged memory


class Failure(AssertionError):  # noqa: N818  the result of a search, not a mishap
    """A schedule on which the check failed, with the choices to replay."""


@dataclass
class Outcome:
    """Result of a search."""

    schedules: int = 0
    exhausted: bool = False
    failure: str | None = None
    choices: list[int] = field(default_factory=list)
    again: str = ""  # how to replay the failure


class Thread:
    """One explored thread."""

    def __init__(self, number, body):
        self.number = number
        self.greenlet = greenlet(body)
        self.buffer = []  # (array, index, value), oldest first
        self.landing = False
        self.asleep_on = None  # (array, index) of a futex
        self.paused_at = -1  # version of memory when it last paused
        self.ran_at = -1  # step when it last ran


class Machine:
    """Runs one schedule: threads, their store buffers, the choices made."""

    def __init__(self, bodies, choose, preemptions, delays, *, invariant=None, tracing=False):
        self.choose = choose
        self.preemptions, self.delays = preemptions, delays
        self.invariant = invariant
        self.threads = [Thread(k, body) for k, body in enumerate(bodies)]
        self.current = None
        self.version = 0
        self.steps = 0
        self.trace = [] if tracing else None

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
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Failure(f"no end after {MOST_STEPS} steps: a live-lock")
            awake = self._awake()
            if not awake:
                # A store is not delayed for ever: if no thread can run ahead of it, it arrives.
                self._drain_all()
                stalls = stalls + 1 if stalled_at == self.version else 0
                stalled_at = self.version
                awake = self._rouse(stalls)
            if self.steps > FAIR_AFTER:
                last = min(awake, key=lambda t: t.ran_at)
            else:
                last = self._pick(awake, last)
            self.current = last
            last.ran_at = self.steps
            self.current.greenlet.switch()
            self._check_invariant()
        self._drain_all()
        self._check_invariant()

    def _check_invariant(self):
        """The user's invariant, over memory without buffered stores."""
        if self.invariant is not None:
            SharedArray.machine = None
            self.invariant()
            SharedArray.machine = self

    def _drain_all(self):
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
        """Let paused threads look again; if that was in vain, all wait for ever."""
        paused = [t for t in self.threads if not t.greenlet.dead and t.asleep_on is None]
        if not paused or stalls > MOST_STALLS:
            stuck = ", ".join(str(t.number) for t in self.threads if not t.greenlet.dead)
            raise Failure(f"lost wake-up: threads {stuck} wait for ever")
        for t in paused:
            t.paused_at = -1
        return paused

    def _pick(self, awake, last):
        """Go on with the last thread, or switch: at no cost if it cannot go on."""
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

    def point(self, *what):
        """A switch point."""
        self.note(*what)
        self.current.greenlet.parent.switch()

    def note(self, *what):
        """Add a line to the trace: the thread, the function of the core, the operation."""
        if self.trace is None:
            return
        frame = sys._getframe(2)
        while frame is not None and (
            "/core/" not in frame.f_code.co_filename
            or "/tests/" in frame.f_code.co_filename
            or frame.f_code.co_filename.endswith("atomics.py")
        ):
            frame = frame.f_back
        function = "" if frame is None else f"{frame.f_code.co_name}: "
        self.trace.append(f"{self.current.number}: {function}" + " ".join(map(str, what)))

    # Every store waits in its thread's buffer. The moment it reaches memory is chosen as late
    # as possible: when another thread reads or writes the same cell. Until then no thread
    # could tell, so this leaves out no behaviour.

    def _meet(self, array, i, thread):
        """Choose whether others' stores to a cell arrive before a thread touches it."""
        for other in self.threads:
            if other is thread or other.landing:
                continue
            places = [k for k, (a, j, _) in enumerate(other.buffer) if a is array and j == i]
            if not places:
                continue
            late = self.choose(1 + len(places)) if self.delays > 0 else 0
            if late > 0:
                self.delays -= 1
                self.note("  while", array.at(i), "of", other.number, "is delayed")
            if late < len(places):
                self._land(other, places[-1 - late] + 1)

    def _land(self, thread, many):
        """Let the oldest stores of a thread reach memory."""
        thread.landing = True
        for array, i, value in thread.buffer[:many]:
            self._meet(array, i, thread)
            array.data[i] = value
        thread.landing = False
        del thread.buffer[:many]

    def drain(self, thread):
        """Let all stores of a thread reach memory, oldest first."""
        if thread.buffer:
            self._land(thread, len(thread.buffer))

    def read(self, array, i):
        """Value that the running thread sees: its own latest store, else memory."""
        own = self.current.buffer
        for k in reversed(range(len(own))):
            if own[k][0] is array and own[k][1] == i:
                if not self._overtaken(array, i):
                    return own[k][2]
                self._land(self.current, k + 1)
                break
        self._meet(array, i, self.current)
        return array.data[i]

    def _overtaken(self, array, i):
        """Whether the running thread's own store has landed, and may have been replaced."""
        rival = any(
            a is array and j == i
            for t in self.threads
            if t is not self.current
            for a, j, _ in t.buffer
        )
        if not rival or self.delays == 0 or self.choose(2) == 0:
            return False
        self.delays -= 1
        return True

    def write(self, array, i, value):
        """Store into the buffer. Threads that wait for a change of memory may look again."""
        self.current.buffer.append((array, i, value))
        self.version += 1

    # The operations of zbench.core.memory.atomics.

    def load(self, cells, i, order):
        self.point("load", order, cells.at(i))
        value = self.read(cells, i)
        if self.trace is not None:
            self.note("  saw", value, "in", cells.at(i))
        return value

    def store(self, cells, i, value, order):
        self.point("store", order, cells.at(i), "=", value)
        self.write(cells, i, int(value))

    def _modify(self, what, cells, i, change):
        self.point(what, cells.at(i))
        self.drain(self.current)
        self._meet(cells, i, self.current)
        old = cells.data[i]
        new = int(change(old))
        if new != old:
            cells.data[i] = new
            self.version += 1
        self.note("  found", old, "left", new)
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
        self.current.paused_at = self.version
        self.point("pause")

    def futex_wait(self, cells, i, expected):
        self.point("futex wait", cells.at(i), "==", expected)
        self.drain(self.current)
        self._meet(cells, i, self.current)
        if cells.data[i] == expected:
            self.current.asleep_on = (cells, i)
            self.point("asleep")

    def futex_wake(self, cells, i, count):
        self.point("futex wake", cells.at(i))
        self.drain(self.current)
        asleep = [t for t in self.threads if t.asleep_on == (cells, i)]
        while asleep and count > 0:
            # Any of them: the kernel promises no order.
            picked = asleep.pop(self.choose(len(asleep)) if count < len(asleep) else 0)
            picked.asleep_on = None
            count -= 1


def _run(core, build, choose, preemptions, delays, *, tracing=False):
    """Run one schedule: its failure, or None."""
    bodies, check, *more = build()
    invariant = more[0] if more else None
    machine = Machine(bodies, choose, preemptions, delays, invariant=invariant, tracing=tracing)
    core.memory.atomics.model = machine
    try:
        machine.run()
        core.memory.atomics.model = None
        check()
    except Exception as error:
        return "\n".join([f"{type(error).__name__}: {error}", *(machine.trace or [])])
    finally:
        core.memory.atomics.model = None
    return None


class Path:
    """Choices of one schedule: a given beginning, then the first option."""

    def __init__(self, beginning):
        self.beginning = beginning
        self.made, self.options = [], []

    def __call__(self, options):
        at = len(self.made)
        # A shrunk schedule may ask for an option that is no longer there.
        choice = min(self.beginning[at], options - 1) if at < len(self.beginning) else 0
        self.made.append(choice)
        self.options.append(options)
        return choice

    def following(self):
        """Beginning of the next schedule, depth first; None after the last."""
        for at in reversed(range(len(self.made))):
            if self.made[at] + 1 < self.options[at]:
                return [*self.made[:at], self.made[at] + 1]
        return None


def _shrunk(core, build, choices, preemptions, delays):
    """Fewer choices that still fail: each is undone if the failure stays."""
    best = list(choices)
    for at in reversed(range(len(best))):
        if best[at] == 0:
            continue
        tried = [*best[:at], 0, *best[at + 1 :]]
        if _run(core, build, Path(tried), preemptions, delays) is not None:
            best = tried
    while best and best[-1] == 0:
        best.pop()
    return best


def _failed(found, core, build, choices, preemptions, delays):
    """Note the failure, made smaller, with its trace and the call that replays it."""
    found.choices = _shrunk(core, build, choices, preemptions, delays)
    found.failure = replay(core, build, found.choices, preemptions=preemptions, delays=delays)
    text = ",".join(map(str, found.choices))
    found.again = f'replay(core, build, "{text}", preemptions={preemptions}, delays={delays})'
    print(f"{found.failure}\nfound after {found.schedules} schedules; {found.again}")
    return found


def explore(core, build, *, preemptions=2, delays=1, limit=50_000):
    """Run every schedule within the bounds, until one fails or the limit is reached.

    ``build`` returns the threads' bodies and a check of the end, over fresh memory, and
    optionally an invariant that is checked after each step.
    """
    found = Outcome()
    beginning = []
    while beginning is not None and found.schedules < limit:
        path = Path(beginning)
        failure = _run(core, build, path, preemptions, delays)
        found.schedules += 1
        if failure is not None:
            return _failed(found, core, build, path.made, preemptions, delays)
        beginning = path.following()
    found.exhausted = beginning is None
    return found


def replay(core, build, choices, *, preemptions=2, delays=1):
    """Replay the failure of one schedule; choices as a list, or as the failure prints them."""
    if isinstance(choices, str):
        choices = [int(c) for c in choices.split(",") if c]
    return _run(core, build, Path(choices), preemptions, delays, tracing=True)


def sample(core, build, seed, schedules, *, preemptions=20, delays=5):
    """Run random schedules beyond the bounds of ``explore``; the seed is printed."""
    print(f"seed {seed}")
    pick = random.Random(seed)
    found = Outcome()
    for _ in range(schedules):
        made = []

        def choose(options, made=made):
            # Mostly go on, else frequent switches would keep every run short.
            made.append(pick.randrange(options) if pick.random() < 0.3 else 0)
            return made[-1]

        failure = _run(core, build, choose, preemptions, delays)
        found.schedules += 1
        if failure is not None:
            return _failed(found, core, build, made, preemptions, delays)
    return found
