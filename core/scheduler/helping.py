"""Helping: a worker whose behaviour floods mailboxes runs what it woke, in between.

A flood that nobody reads meanwhile leaves the caches, and is fetched back message by
message; it also takes as many rings as it has messages. Where no other worker is free to
read it, the flooding one does: when a ring is full, the actors that wait in its own deque
each get a run, from within the send. What a behaviour may rely on is the same as ever: its
actor handles one message at a time (it is in no queue meanwhile), and a message is there
once it was sent. A behaviour that runs so does not help.

The run is a call of the worker's own loop by its address (``Tables.code``): to numba,
which compiles behaviours before the loop that calls them, it could not be named.
"""

from collections.abc import Callable
from typing import Any

from zbench.core.compile.kernel import INTERPRETED, cold_kernel, kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import behaviour_row, worker_row
from zbench.core.memory.tables import Tables
from zbench.core.queues import chase_lev
from zbench.core.scheduler import work_stealing

MOST_RUNS = work_stealing.INJECT_INTERVAL - 1  # then next_actor() finds none
WORTH = 64  # messages sent for each actor that gets a run ...
WORTH_MORE = 65536  # ... and in all where another worker may take them: beyond its caches


@cold_kernel
def help_out(t: Tables, worker: int) -> None:
    """Run what the running behaviour woke, after it filled a ring, if nobody else will.

    Caller: the owner of row ``worker``, in a behaviour or hook: nothing is half done, and
    nothing claimed in any mailbox but by the reservation for the actor in the LIFO slot.
    """
    if worker < t.workers and t.worker[worker * worker_row.WORDS + worker_row.HELPING] == 0:
        waiting = min(chase_lev.size(t.ends, worker), MOST_RUNS)
        if waiting > 0 and _is_worth_it(t, worker, waiting) and not _others_will(t, worker):
            _run_others(t, worker)


@kernel
def _is_worth_it(t: Tables, worker: int, runs: int) -> bool:
    """Whether so many actors have got enough messages since the last time."""
    base = worker * worker_row.WORDS
    least = runs * WORTH
    if t.workers > 1:
        least = max(least, WORTH_MORE)
    return t.worker[base + worker_row.SENT] - t.worker[base + worker_row.HELPED_AT] >= least


@kernel
def _others_will(t: Tables, worker: int) -> bool:
    """Whether another worker is free to run what waits."""
    for other in range(t.workers):
        # relaxed: a hint; at worst the worker helps although it need not, or one spill later.
        if (
            other != worker
            and atomics.load_relaxed(t.worker, other * worker_row.WORDS + worker_row.LOOKING) != 0
        ):
            return True
    return False


@kernel
def _run_others(t: Tables, worker: int) -> None:
    """Run actors from this worker's queues, at most MOST_RUNS."""
    base = worker * worker_row.WORDS
    # What the running behaviour has asked for so far is not for those that run in between.
    wants = t.worker[base + worker_row.WANTS]
    pressed = t.worker[base + worker_row.PRESSED]
    t.worker[base + worker_row.WANTS] = 0
    # Go on behind the look that would have been for an injected actor, with one at hand.
    injected = work_stealing.take_injected(t)
    if injected >= 0:
        work_stealing.share(t, worker, injected)
    skipped = -t.worker[base + worker_row.TICK] % work_stealing.INJECT_INTERVAL
    t.worker[base + worker_row.TICK] += skipped
    t.worker[base + worker_row.VAIN_LOOKS] += skipped
    t.worker[base + worker_row.HELPING] = 1
    _run(t, worker)
    t.worker[base + worker_row.HELPING] = 0
    t.worker[base + worker_row.VAIN_LOOKS] += 1
    t.worker[base + worker_row.HELPED_AT] = t.worker[base + worker_row.SENT]
    t.worker[base + worker_row.WANTS] = wants
    t.worker[base + worker_row.PRESSED] = pressed


if INTERPRETED:
    loop: list[Callable[[Tables, int], None]] = []  # the uncompiled one; core.worker.loop adds it

    def _run(t: Tables, worker: int) -> None:
        """Run what the worker has."""
        loop[0](t, worker)

else:
    import numba as nb
    from numba.extending import intrinsic

    @intrinsic
    def _by_address(_typing: Any, tables: Any, _worker: Any, _address: Any) -> Any:
        """Call the worker's loop, compiled for these tables, by its address."""
        taken = (tables, nb.int64)

        def codegen(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            kind = context.call_conv.get_function_type(nb.none, taken)
            function = builder.inttoptr(args[2], kind.as_pointer())
            context.call_conv.call_function(builder, function, nb.none, taken, args[:2])
            return context.get_dummy_value()

        return nb.none(*taken, nb.int64), codegen

    _call_loop: Any = _by_address  # without its first argument, which is numba's

    @kernel
    def _run(t: Tables, worker: int) -> None:
        """Run what the worker has."""
        _call_loop(t, worker, t.code[behaviour_row.LOOP_CODE])
