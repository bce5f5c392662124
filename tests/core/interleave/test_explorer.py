import random
from functools import partial

import pytest

from tests.explorer import SharedArray, explore, load_interpreted, replay, sample

PROGRAMS = 40  # random programs compared with the plain simulator


@pytest.fixture(scope="module")
def core():
    return load_interpreted()


def outcomes(core, build, **bounds):
    """All values that a case's threads can see."""
    seen = set()

    def case():
        bodies, key = build()
        return bodies, lambda: seen.add(key())

    found = explore(core, case, **bounds)
    assert found.exhausted, found.failure
    return seen


def test_messages_passed_by_release_and_acquire_arrive_whole(core):
    def build():
        cells, got = SharedArray([0, 0], "cells"), []

        def sender():
            cells[0] = 7
            core.memory.atomics.store_release(cells, 1, 1)

        def receiver():
            while core.memory.atomics.load_acquire(cells, 1) == 0:
                core.memory.atomics.pause()
            got.append(cells[0])

        return [sender, receiver], lambda: tuple(got)

    assert outcomes(core, build, preemptions=5, delays=5) == {(7,)}


def test_a_plain_store_may_pass_a_later_load_too(core):
    def build():
        cells, seen = SharedArray([0, 0], "cells"), {}

        def thread(me):
            cells[me] = 1
            seen[me] = core.memory.atomics.load_acquire(cells, 1 - me)

        return [lambda: thread(0), lambda: thread(1)], lambda: (seen[0], seen[1])

    assert (0, 0) in outcomes(core, build)


def test_a_thread_reads_its_own_delayed_store(core):
    def build():
        cells, seen = SharedArray([0, 0], "cells"), {}

        def thread(me):
            core.memory.atomics.store_release(cells, me, 1)
            own = core.memory.atomics.load_acquire(cells, me)
            seen[me] = (own, core.memory.atomics.load_acquire(cells, 1 - me))

        return [lambda: thread(0), lambda: thread(1)], lambda: (seen[0], seen[1])

    seen = outcomes(core, build)
    assert ((1, 0), (1, 0)) in seen
    assert all(own == 1 for both in seen for own, _ in both)


def test_a_delayed_store_may_arrive_before_its_thread_drains(core):
    def build():
        cells, seen = SharedArray([0, 0, 0], "cells"), {}

        def first():
            core.memory.atomics.store_release(cells, 0, 1)
            seen["early"] = core.memory.atomics.load_acquire(cells, 1)
            seen["late"] = core.memory.atomics.load_acquire(cells, 2)

        def second():
            core.memory.atomics.store_release(cells, 1, 1)
            core.memory.atomics.fence()
            seen["before"] = core.memory.atomics.load_acquire(cells, 0)
            seen["after"] = core.memory.atomics.load_acquire(cells, 0)
            core.memory.atomics.store_release(cells, 2, 1)

        keys = ("early", "before", "after", "late")
        return [first, second], lambda: tuple(seen[k] for k in keys)

    assert (0, 0, 1, 1) in outcomes(core, build, preemptions=3, delays=3)


def test_a_futex_nobody_wakes_is_a_lost_wake_up(core):
    def case(same):
        def build():
            slept, woken = SharedArray([0], "slept"), SharedArray([0], "woken")

            def sleeper():
                core.memory.atomics.futex_wait(slept, 0, 0, 1)

            def waker():
                core.memory.atomics.store_release(slept, 0, 1)
                core.memory.atomics.futex_wake(slept if same else woken, 0, 1)

            return [sleeper, waker], lambda: None

        return build

    assert explore(core, case(same=True)).exhausted
    assert "lost wake-up" in explore(core, case(same=False)).failure


def racy(core):
    def build():
        cells = SharedArray([0], "cells")

        def thread():
            value = core.memory.atomics.load_relaxed(cells, 0)
            core.memory.atomics.store_relaxed(cells, 0, value + 1)

        def check():
            assert cells[0] == 2

        return [thread, thread], check

    return build


def test_a_failure_is_replayed_from_what_is_printed(core, capsys):
    found = explore(core, racy(core))
    assert found.again in capsys.readouterr().out
    text = found.again.split('"')[1]
    assert {replay(core, racy(core), text) for _ in range(3)} == {found.failure}


def test_a_random_search_prints_its_seed_and_repeats_itself(core, capsys):
    first, second = (sample(core, racy(core), 11, 500) for _ in range(2))
    assert "seed 11" in capsys.readouterr().out
    assert first.failure is not None
    assert (first.schedules, first.choices) == (second.schedules, second.choices)


def test_an_invariant_is_checked_at_every_step(core):
    def build():
        cells = SharedArray([0], "cells")

        def thread():
            core.memory.atomics.exchange(cells, 0, 1)
            core.memory.atomics.exchange(cells, 0, 0)

        def invariant():
            assert cells[0] == 0

        return [thread], lambda: None, invariant

    assert explore(core, build).failure is not None


def reference(programs, cells):
    """Outcomes of total store order by plain search: a store's arrival is a step too."""
    nothing = tuple(() for _ in programs)
    start = (tuple(0 for _ in programs), nothing, (0,) * cells, nothing)
    found, seen, todo = set(), {start}, [start]

    def put(row, k, value):
        return (*row[:k], value, *row[k + 1 :])

    while todo:
        at, buffers, memory, seens = todo.pop()
        steps = []
        for t, program in enumerate(programs):
            if buffers[t]:
                (i, v), *rest = buffers[t]
                steps.append((at, put(buffers, t, tuple(rest)), put(memory, i, v), seens))
            if at[t] == len(program):
                continue
            what, i, v = program[at[t]]
            on = put(at, t, at[t] + 1)
            if what == "store":
                steps.append((on, put(buffers, t, (*buffers[t], (i, v))), memory, seens))
            elif what == "load":
                value = next((w for c, w in reversed(buffers[t]) if c == i), memory[i])
                steps.append((on, buffers, memory, put(seens, t, (*seens[t], value))))
            elif not buffers[t]:
                if what == "fence":
                    steps.append((on, buffers, memory, seens))
                else:
                    value = put(seens, t, (*seens[t], memory[i]))
                    steps.append((on, buffers, put(memory, i, v), value))
        if not steps:
            found.add((seens, memory))
        todo += [s for s in steps if s not in seen]
        seen.update(steps)
    return found


def test_outcomes_are_those_of_a_plain_simulator_of_total_store_order(core):
    pick = random.Random(5)
    for _ in range(PROGRAMS):
        cells = pick.choice((1, 2, 3))
        whats = ("store", "store", "load", "load", "fence", "exchange")
        programs = [
            [(pick.choice(whats), pick.randrange(cells), 10 * t + k + 1) for k in range(3)]
            for t in range(2)
        ]

        def build(programs=programs, cells=cells):
            memory, seens = SharedArray([0] * cells, "memory"), [[] for _ in programs]

            def thread(program, seen):
                for what, i, v in program:
                    if what == "store":
                        core.memory.atomics.store_release(memory, i, v)
                    elif what == "load":
                        seen.append(core.memory.atomics.load_acquire(memory, i))
                    elif what == "fence":
                        core.memory.atomics.fence()
                    else:
                        seen.append(core.memory.atomics.exchange(memory, i, v))

            def key():
                return tuple(map(tuple, seens)), tuple(memory.data)

            bodies = [partial(thread, *one) for one in zip(programs, seens, strict=True)]
            return bodies, key

        got = outcomes(core, build, preemptions=99, delays=99)
        assert got == reference(programs, cells), programs
