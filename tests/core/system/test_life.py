"""Calls after the end of a system, in another process, in signal handlers, from many threads."""

import copy
import os
import pickle
import signal
import threading
import time
import warnings

import pytest
from numba.core.compiler_lock import global_compiler_lock
from zbench.core import ActorSystemError
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.system.life import ELSEWHERE, SYSTEM_STOPPED

from tests.core.behaviours.calls import COUNT, FINISH, REPLY, called, system_of

pytestmark = pytest.mark.compiles

# Calls that would change something.
COMMANDS = {
    "tell": lambda s, a: a.tell(COUNT),
    "tell_many": lambda s, a: s.tell_many([a], COUNT),
    "tell_system": lambda s, a: s.tell_system(a, COUNT),
    "ask": lambda s, a: s.ask(a, REPLY),
    "watch": lambda s, a: s.watch(a),
    "send_after": lambda s, a: s.send_after(0, a, COUNT),
    "cancel": lambda s, a: s.cancel(3),
    "poison": lambda s, a: s.poison(a),
    "kill": lambda s, a: s.kill(a),
    "spawn": lambda s, a: s.spawn(called),
    "spawn_many": lambda s, a: s.spawn_many(called, 3),
    "router": lambda s, a: s.router("random", [a]),
    "router_pool": lambda s, a: s.router_pool("random", called, 3),
    "wait": lambda s, a: s.wait(),
    "wait with a time-out": lambda s, a: s.wait(timeout=60),
    "terminate": lambda s, a: s.terminate(),
}
COMMANDS["a setting"] = lambda s, a: setattr(s.settings, "batch", 7)
# Calls that only read.
LOOKS = {
    "finished": lambda s, a: s.finished(),
    "counters": lambda s, a: s.counters(),
    "counters_by_worker": lambda s, a: s.counters_by_worker(),
    "at_rest": lambda s, a: s.at_rest(),
    "await_rest": lambda s, a: s.await_rest(),
    "is_alive": lambda s, a: s.is_alive(a),
    "state": lambda s, a: s.state(a),
    "faults": lambda s, a: s.faults(),
    "tree": lambda s, a: s.tree(),
    "table_bytes": lambda s, a: s.table_bytes(),
    "tables": lambda s, a: s.tables,
}


@pytest.fixture(scope="module")
def stopped():
    with system_of() as system:
        ref = system.spawn(called)
        router = system.router("random", [ref])
        system.stop()
        yield system, ref, router


@pytest.mark.parametrize("name", COMMANDS)
def test_a_stopped_system_refuses_a_command_at_once(stopped, name):
    system, ref, _ = stopped
    before = system.counters()
    with pytest.raises(ActorSystemError, match=SYSTEM_STOPPED):
        COMMANDS[name](system, ref)
    assert system.counters() == before


def test_a_misspelt_setting_is_an_error(stopped):
    system, _, _ = stopped
    with pytest.raises(AttributeError, match="spin"):
        system.settings.spin = 100


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_system_is_neither_copied_nor_pickled_nor_is_its_reference(stopped, take):
    system, ref, _ = stopped
    for taken in (system, ref) if take is not copy.copy else (system,):
        with pytest.raises(TypeError, match="an ActorSystem cannot be copied or pickled"):
            take(taken)


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
def test_a_call_that_needs_compiling_is_refused_while_its_thread_compiles():
    """As in a signal handler that interrupts it; other calls work."""
    with system_of() as system:
        ref = system.spawn(called)
        with global_compiler_lock:
            system.spawn(called)
            for call in (lambda: ref.tell(COUNT), lambda: system.wait(0), lambda: system_of()):
                with pytest.raises(ActorSystemError, match="while that compiles"):
                    call()
        ref.tell(COUNT)
        assert system.wait(0) >= 0


@pytest.mark.parametrize("name", LOOKS)
def test_a_stopped_system_can_be_read(stopped, name):
    system, ref, _ = stopped
    LOOKS[name](system, ref)


def test_a_stopped_systems_router_can_be_read_and_not_changed(stopped):
    _, ref, router = stopped
    assert router.routees() == [ref]
    for call in (router.add, router.remove):
        with pytest.raises(ActorSystemError, match=SYSTEM_STOPPED):
            call(ref)


def in_a_fork(call):
    """What a call prints in a child process made by fork, of at most a minute."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads
        child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os.write(writing, call().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def test_a_child_made_by_fork_is_told_that_the_system_is_not_its_own():
    with system_of() as system:
        ref = system.spawn(called)
        router = system.router("random", [ref])
        answer = system.ask(ref, COUNT, timeout=60)
        calls = {
            **COMMANDS,
            **LOOKS,
            "stop": lambda s, a: s.stop(),
            "affinity": lambda s, a: s.affinity(),
            "router.add": lambda s, a: router.add(a),
            "router.routees": lambda s, a: router.routees(),
            "router.tell": lambda s, a: router.tell(COUNT),
            "result": lambda s, a: answer.result(),
            "exception": lambda s, a: answer.exception(),
        }

        def every():
            said = []
            for name, call in calls.items():
                try:
                    call(system, ref)
                except ActorSystemError as error:
                    said += [] if str(error) == ELSEWHERE else [f"{name}: {error}"]
                else:
                    said.append(f"{name}: no error")
            with system:  # leaving it is quiet: the child may end in any way
                pass
            return repr(said)

        assert in_a_fork(every) == "[]"
        assert system.ask(ref, REPLY, 5).result(timeout=60).data[0] == 5


def test_a_child_made_by_fork_while_another_thread_holds_the_lock_is_told_too():
    with system_of() as system:
        ref = system.spawn(called)
        held, done = threading.Event(), threading.Event()

        def hold():
            with system._life.lock:
                held.set()
                done.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(60)

        def tell():
            try:
                ref.tell(COUNT)
            except ActorSystemError as error:
                return str(error)
            return "sent"

        said = in_a_fork(tell)
        done.set()
        thread.join()
        assert said == ELSEWHERE


HANDLERS = {
    "tells": lambda s, a: a.tell(COUNT),
    "asks and waits": lambda s, a: s.ask(a, REPLY, 1, timeout=60).result(timeout=60),
    "spawns": lambda s, a: s.spawn(called),
    "watches": lambda s, a: s.watch(a).cancel(),
    "sets a timer": lambda s, a: s.cancel(s.send_after(1000, a, COUNT)),
    "reads": lambda s, a: (s.tree(), s.counters()),
}
BUSY = {
    "tells": HANDLERS["tells"],
    "asks": lambda s, a: s.ask(a, REPLY, 1, timeout=60).result(timeout=60),
    "looks": lambda s, a: s.at_rest(),
}


@pytest.mark.skipif(INTERPRETED, reason="a handler cannot interrupt a compiled kernel")
@pytest.mark.parametrize("busy", BUSY)
def test_a_signal_handler_may_call_the_system_while_the_main_thread_does(busy):
    with system_of(actors=1000) as system:
        ref = system.spawn(called)
        for call in (*HANDLERS.values(), *BUSY.values()):
            call(system, ref)
        failed = []

        def handle(*_):
            for name, call in HANDLERS.items():
                try:
                    call(system, ref)
                except ActorSystemError as error:
                    if "no room for another question" not in str(error):
                        failed.append(f"{name}: {error}")

        before = signal.signal(signal.SIGUSR1, handle)
        try:
            for _ in range(20):
                sender = threading.Timer(0.005, os.kill, (os.getpid(), signal.SIGUSR1))
                sender.start()
                while sender.is_alive():
                    BUSY[busy](system, ref)
        finally:
            signal.signal(signal.SIGUSR1, before)
        system.await_rest()
        assert failed == []
        counted = system.counters()
    assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def tell_for_ever(ref):
    while True:
        ref.tell(COUNT)


@pytest.mark.skipif(INTERPRETED, reason="a handler cannot interrupt a compiled kernel")
def test_a_signal_handler_may_stop_the_system_that_the_main_thread_sends_to():
    with system_of() as system:
        ref = system.spawn(called)
        before = signal.signal(signal.SIGUSR1, lambda *_: system.stop())
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        try:
            with pytest.raises(ActorSystemError, match=SYSTEM_STOPPED):
                tell_for_ever(ref)
        finally:
            signal.signal(signal.SIGUSR1, before)
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def test_fifty_threads_may_call_until_the_system_stops_and_every_message_is_counted():
    with system_of(actors=1000, asks=64) as system:
        ref = system.spawn(called)
        calls = [*COMMANDS.values(), *LOOKS.values()]
        wrong = []
        ready = threading.Barrier(51)

        def call_all(k):
            ready.wait(60)
            for turn in range(300):
                call = calls[(turn + k) % len(calls)]
                if call in (COMMANDS["terminate"], COMMANDS["kill"], COMMANDS["poison"]):
                    call = COMMANDS["tell"]
                if call in (COMMANDS["wait"], COMMANDS["wait with a time-out"]):
                    ref_tell_and_wait(system, ref, wrong)
                    continue
                try:
                    call(system, ref)
                except ActorSystemError as error:
                    if SYSTEM_STOPPED in str(error):
                        return
                    if "room" not in str(error) and "timers" not in str(error):
                        wrong.append(repr(error))
                except Exception as error:
                    wrong.append(repr(error))

        threads = [threading.Thread(target=call_all, args=(k,)) for k in range(50)]
        for thread in threads:
            thread.start()
        ready.wait(60)
        time.sleep(0.3)
        system.stop()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert wrong == []
        counted = system.counters()
        assert counted["sent"] == counted["processed"] + counted["dead_letters"]


def ref_tell_and_wait(system, ref, wrong):
    """Send for a finish and wait for the next one."""
    try:
        ref.tell(FINISH)
        system.wait(timeout=0.01)
    except (ActorSystemError, TimeoutError):
        pass
    except Exception as error:
        wrong.append(repr(error))
