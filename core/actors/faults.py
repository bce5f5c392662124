"""Faults: exceptions that behaviours raised, kept without stopping the worker.

A compiled function returns a status. For an error, a pointer comes with it to a static
description: the exception's class, arguments and place, pickled at compile time.
``attempt`` calls a behaviour and returns that pointer instead of raising further. So
behaviours without faults pay nothing, and ``read_faults`` decodes type and message on
demand. Uncompiled, the exception itself is kept and numbered.
"""

import ctypes
import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from zbench.core.actors import stages
from zbench.core.actors.refs import tenant
from zbench.core.compile.kernel import INTERPRETED, cold_kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout import behaviour_row, fault_row, worker_row
from zbench.core.memory.tables import Tables

_KEPT: "OrderedDict[int, BaseException]" = OrderedDict()  # uncompiled faults by number
_MOST_KEPT = 4096
NO_BEHAVIOUR = -1000  # INFO of an index of no behaviour; the codes of ``ctx.fail`` are above
_keeping = threading.Lock()


@dataclass(frozen=True)
class Fault:
    """One failure of one actor."""

    actor: int  # ref
    behaviour: int  # index
    at_ns: int  # CLOCK_MONOTONIC
    kind: str  # name of the exception's class
    message: str
    place: str  # "function, file:line", empty if unknown

    def __str__(self) -> str:
        """One line: class, message and place."""
        where = f" in {self.place}" if self.place else ""
        return f"{self.kind}: {self.message}{where}"


@cold_kernel
def _note(t: Tables, worker: int, actor: int, behaviour: int, info: int, detail: int) -> None:
    """Keep a fault in the worker's ring of the last fault_row.KEPT. Caller: the worker."""
    number = t.worker[worker * worker_row.WORDS + worker_row.FAILURES]
    row = (worker * fault_row.KEPT + number % fault_row.KEPT) * fault_row.WORDS
    t.fault[row + fault_row.ACTOR] = tenant(t, actor)
    t.fault[row + fault_row.BEHAVIOUR] = behaviour
    t.fault[row + fault_row.TIME] = atomics.clock_ns()
    t.fault[row + fault_row.INFO] = info
    t.fault[row + fault_row.DETAIL] = detail
    # release; pairs with the acquire load in read_faults(), carries the row.
    atomics.store_release(t.worker, worker * worker_row.WORDS + worker_row.FAILURES, number + 1)


@cold_kernel
def fail(
    t: Tables, worker: int, actor: int, behaviour: int, info: int, request: int, detail: int = 0
) -> None:
    """Note a fault and request its treatment, unless this message has failed. Caller: the worker.

    A behaviour may fail many times in one message, as with every send to a full mailbox; its
    first fault is the message's.
    """
    wants = worker * worker_row.WORDS + worker_row.WANTS
    if t.worker[wants] < stages.FAIL:
        _note(t, worker, actor, behaviour, info, detail)
        t.worker[wants] = request


def read_faults(t: Tables) -> list[Fault]:
    """The last faults of every worker, oldest first."""
    rows: list[Any] = []
    for worker in range(t.workers):
        number = int(t.worker[worker * worker_row.WORDS + worker_row.FAILURES])
        kept = t.fault.reshape(-1, fault_row.KEPT, fault_row.WORDS)[worker]
        rows += [
            kept[k % fault_row.KEPT].copy() for k in range(max(0, number - fault_row.KEPT), number)
        ]
    rows.sort(key=lambda row: int(row[fault_row.TIME]))
    return [_fault(row, int(t.code[behaviour_row.COUNT])) for row in rows]


def so_far(t: Tables) -> str:
    """The end of a message about a wait in vain: number of faults and the last one; or ""."""
    found = read_faults(t)
    if not found:
        return ""
    number = sum(int(n) for n in t.worker[worker_row.FAILURES :: worker_row.WORDS])
    return f"; faults so far: {number}, the last one {found[-1]}"


def _fault(row: Any, behaviours: int) -> Fault:
    info = int(row[fault_row.INFO])
    if info == NO_BEHAVIOUR:
        kind, place = "IndexError", ""
        message = f"no behaviour has the index {row[fault_row.DETAIL]}, only 0 to {behaviours - 1}"
    else:
        kind, message, place = describe(info)
    return Fault(
        actor=int(row[fault_row.ACTOR]),
        behaviour=int(row[fault_row.BEHAVIOUR]),
        at_ns=int(row[fault_row.TIME]),
        kind=kind,
        message=message,
        place=place,
    )


def describe(info: int) -> tuple[str, str, str]:
    """Class, message and place of a fault: a result of ``attempt``, or a code below 0."""
    if info < 0:
        return "Failure", f"code {-info}", ""
    if INTERPRETED:
        error = _KEPT.get(info)
        return (type(error).__name__, str(error), "") if error is not None else ("", "", "")
    data, size = ctypes.c_void_p.from_address(info), ctypes.c_int32.from_address(info + 8)
    cause, arguments, where = pickle.loads(ctypes.string_at(data.value or 0, size.value))
    message = ", ".join(str(a) for a in arguments or ())
    place = "" if where is None else "{}, {}:{}".format(*where)
    return getattr(cause, "__name__", str(cause)), message, place


def _attempt_interpreted(function: Any, *arguments: Any) -> int:
    """Call a behaviour or a hook; 0, or the number of the exception it raised."""
    try:
        function(*arguments)
    except Exception as error:
        with _keeping:
            number = next(reversed(_KEPT), 0) + 1
            _KEPT[number] = error
            if len(_KEPT) > _MOST_KEPT:
                _KEPT.popitem(last=False)
        return number
    return 0


if INTERPRETED:
    attempt: Any = _attempt_interpreted
    attempt_hook: Any = _attempt_interpreted
else:
    import numba as nb
    from llvmlite import ir
    from numba.extending import intrinsic

    def _call(function: Any, typing: Any, arguments: tuple[Any, ...]) -> Any:
        """Signature and code of a call that returns 0 or the address of the exception."""
        called = function.get_call_type(typing, arguments, {})

        def codegen(context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            compiled = function.dispatcher.overloads[called.args]
            context.active_code_library.add_linking_library(compiled.library)
            values = [
                context.cast(builder, value, given, wanted)
                for value, given, wanted in zip(args[1:], arguments, called.args, strict=True)
            ]
            status, _ = context.call_internal_no_propagate(builder, compiled.fndesc, called, values)
            address = builder.ptrtoint(status.excinfoptr, ir.IntType(64))
            return builder.select(status.is_error, address, ir.Constant(ir.IntType(64), 0))

        return nb.int64(function, *arguments), codegen

    @intrinsic
    def attempt(typing: Any, function: Any, ctx: Any, state: Any, message: Any) -> Any:
        """Call a behaviour; 0, or the address of the description of its exception."""
        return _call(function, typing, (ctx, state, message))

    @intrinsic
    def attempt_hook(typing: Any, function: Any, ctx: Any, state: Any) -> Any:
        """Call a hook; 0, or the address of the description of its exception."""
        return _call(function, typing, (ctx, state))
