"""Helping: a worker whose behaviour floods mailboxes runs the woken actors in between.

A flood that nobody reads leaves the caches, and is fetched back message by message; it
also fills as many rings as it has messages for. If no other worker is free to read it, the
flooding worker does: when a ring is full, each actor waiting in the worker's own deque gets
one run, from within the send. The guarantees for behaviours stay the same: an actor handles
one message at a time (the flooding one is in no queue meanwhile), and a message is there
once it was sent. A behaviour that runs this way does not help in turn.

The run is a call of the worker's own loop by its address (``Tables.code``): numba compiles
behaviours before the loop that calls them, so they cannot call it by name.
"""

from collections.abc import Callable
from typing import Any

from zbench.core.compile.kernel import INTERPRETED, cold_kernel, kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import behaviour_row, worker_row
from zbench.core.memory.tables import Tables
from zbench.core.queues import chase_lev
from zbench.core.scheduler import work_stealing

MOST_RUNS = work_stealing.INJECT_INTERVAL - 1  # after these, next_actor() returns NONE
WORTH = 64  # messages sent for each actor that gets a run ...
WORTH_MORE = 65536  # ... and in total if there are other workers: more than caches hold


@cold_kernel
def help_out(t: Tables, worker: int) -> None:
    """Run the actors that the running behaviour woke, if no other worker will.

    Caller: the owner of row ``worker``, in a behaviour or hook that filled a ring. No
    operation is half done, and the only claim in a mailbox is the reservation for the actor
    in the LIFO slot.
    """
    if worker < t.workers and t.worker[worker * worker_row.WORDS + worker_row.HELPING] == 0:
        waiting = min(chase_lev.size(t.ends, worker), MOST_RUNS)
        if waiting > 0 and _is_worth_it(t, worker, waiting) and not _others_will(t, worker):
            _run_others(t, worker)


@kernel
def _is_worth_it(t: Tables, worker: int, runs: int) -> bool:
    """Whether enough messages for ``runs`` actors were sent since the last help."""
    base = worker * worker_row.WORDS
    least = runs * WORTH
    if t.workers > 1:
        least = max(least, WORTH_MORE)
    return t.worker[base + worker_row.SENT] - t.worker[base + worker_row.HELPED_AT] >= least


@kernel
def _others_will(t: Tables, worker: int) -> bool:
    """Whether another worker is free to run the waiting actors."""
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
    """Run at most MOST_RUNS actors from this worker's queues."""
    base = worker * worker_row.WORDS
    # Requests of the running behaviour do not concern the actors that run in between.
    wants = t.worker[base + worker_row.WANTS]
    pressed = t.worker[base + worker_row.PRESSED]
    t.worker[base + worker_row.WANTS] = 0
    # Take one injected actor here, and skip the look that would have taken it.
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
        """Run the worker's loop until it finds no actor."""
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
        """Run the worker's loop until it finds no actor."""
        _call_loop(t, worker, t.code[behaviour_row.LOOP_CODE])
