"""The compiled twins of zbench.core.memory.atomics: one LLVM instruction each.

Registered with numba's ``overload``, so kernels call the names of ``atomics``.
"""

import platform
from collections.abc import Callable
from typing import Any

import numba as nb
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.arrayobj import basic_indexing, make_array
from zbench.core.memory import atomics

FUTEX_WAIT_PRIVATE = 128
FUTEX_WAKE_PRIVATE = 129
CLOCK_MONOTONIC = 1
SYS_FUTEX = {"x86_64": 202, "aarch64": 98}[platform.machine()]
NS_PER_SECOND = 1_000_000_000
ALIGNMENT = 8  # of an int64 cell; LLVM turns a smaller one into a library call

_libc_syscall = nb.types.ExternalFunction(
    "syscall",
    nb.int64(nb.int64, nb.uintp, nb.int64, nb.int64, nb.uintp, nb.int64, nb.int64),
)
_libc_sched_yield = nb.types.ExternalFunction("sched_yield", nb.int32())
_libc_clock_gettime = nb.types.ExternalFunction("clock_gettime", nb.int32(nb.int32, nb.uintp))

OVERLOAD: dict[str, Any] = {"strict": False, "jit_options": {"_nrt": False}}

VOID = ir.VoidType()
I64 = ir.IntType(64)


def _address(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Pointer to the cell named by the first two arguments, an array and its index."""
    array_type, index_type = sig.args[0], sig.args[1]
    array = make_array(array_type)(context, builder, args[0])
    if isinstance(index_type, nb.types.BaseTuple):
        kinds = tuple(index_type)
        indices = cgutils.unpack_tuple(builder, args[1])
    else:
        kinds, indices = (index_type,), (args[1],)
    indices = [context.cast(builder, v, k, nb.uintp) for v, k in zip(indices, kinds, strict=True)]
    pointer, *_ = basic_indexing(
        context, builder, array_type, array, (nb.uintp,) * len(kinds), indices
    )
    return pointer


def _cast_values(context: Any, builder: Any, sig: Any, args: Any) -> list[Any]:
    """Values after the index, as int64."""
    return [
        context.cast(builder, v, t, nb.int64) for v, t in zip(args[2:], sig.args[2:], strict=True)
    ]


def _twin(
    function: Callable[..., Any],
    returns: Any,
    emit: Callable[[Any, Any, list[Any]], Any],
    values: int,
) -> None:
    """Register the compiled twin of an operation that takes ``values`` values."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _address(context, builder, sig, args)
        result = emit(builder, pointer, _cast_values(context, builder, sig, args))
        return context.get_dummy_value() if result is None else result

    if values == 0:

        @intrinsic
        def operation0(typing: Any, cells: Any, i: Any) -> Any:
            return returns(cells, i), codegen

        @overload(function, **OVERLOAD)
        def typed0(cells: Any, i: Any) -> Any:
            return lambda cells, i: operation0(cells, i)

    elif values == 1:

        @intrinsic
        def operation1(typing: Any, cells: Any, i: Any, a: Any) -> Any:
            return returns(cells, i, a), codegen

        @overload(function, **OVERLOAD)
        def typed1(cells: Any, i: Any, value: Any) -> Any:
            return lambda cells, i, value: operation1(cells, i, value)

    else:

        @intrinsic
        def operation2(typing: Any, cells: Any, i: Any, a: Any, b: Any) -> Any:
            return returns(cells, i, a, b), codegen

        @overload(function, **OVERLOAD)
        def typed2(cells: Any, i: Any, expected: Any, new: Any) -> Any:
            return lambda cells, i, expected, new: operation2(cells, i, expected, new)


def _load(order: str) -> Callable[[Any, Any, list[Any]], Any]:
    return lambda builder, pointer, _: builder.load_atomic(pointer, order, ALIGNMENT)


def _store(order: str) -> Callable[[Any, Any, list[Any]], Any]:
    def emit(builder: Any, pointer: Any, values: list[Any]) -> None:
        builder.store_atomic(values[0], pointer, order, ALIGNMENT)

    return emit


def _rmw(operation: str) -> Callable[[Any, Any, list[Any]], Any]:
    return lambda builder, pointer, values: builder.atomic_rmw(
        operation, pointer, values[0], "acq_rel"
    )


def _cmpxchg(builder: Any, pointer: Any, values: list[Any]) -> Any:
    pair = builder.cmpxchg(pointer, values[0], values[1], "acq_rel", "acquire")
    return builder.extract_value(pair, 1)


_twin(atomics.load_relaxed, nb.int64, _load("monotonic"), 0)
_twin(atomics.load_acquire, nb.int64, _load("acquire"), 0)
_twin(atomics.store_relaxed, nb.void, _store("monotonic"), 1)
_twin(atomics.store_release, nb.void, _store("release"), 1)
_twin(atomics.fetch_add, nb.int64, _rmw("add"), 1)
_twin(atomics.exchange, nb.int64, _rmw("xchg"), 1)
_twin(atomics.compare_exchange, nb.boolean, _cmpxchg, 2)


@intrinsic
def _fence(typing: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return nb.void(), codegen


def _call_llvm(name: str, result: Any) -> Callable[..., Any]:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        callee = cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, []), name)
        value = builder.call(callee, [])
        return context.get_dummy_value() if result is VOID else value

    return codegen


_PAUSE = {"x86_64": "llvm.x86.sse2.pause", "aarch64": "llvm.aarch64.hint"}[platform.machine()]


@intrinsic
def _pause(typing: Any) -> Any:
    return nb.void(), _call_llvm(_PAUSE, VOID)


@intrinsic
def _cycles(typing: Any) -> Any:
    return nb.int64(), _call_llvm("llvm.readcyclecounter", I64)


@intrinsic
def cell_address(typing: Any, cells: Any, i: Any) -> Any:
    """Address of a cell, for a system call."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(_address(context, builder, sig, args), I64)

    return nb.uintp(cells, i), codegen


@intrinsic
def _timespec(typing: Any) -> Any:
    """Address of two words on the stack, for a struct timespec."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(cgutils.alloca_once(builder, I64, size=2), I64)

    return nb.uintp(), codegen


@intrinsic
def _peek(typing: Any, address: Any, i: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        return builder.load(builder.gep(pointer, [args[1]]))

    return nb.int64(nb.uintp, nb.int64), codegen


@intrinsic
def _poke(typing: Any, address: Any, i: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], I64.as_pointer())
        builder.store(args[2], builder.gep(pointer, [args[1]]))
        return context.get_dummy_value()

    return nb.void(nb.uintp, nb.int64, nb.int64), codegen


@intrinsic
def _prefetch_write(typing: Any, cells: Any, i: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        i32 = ir.IntType(32)
        pointer = builder.bitcast(_address(context, builder, sig, args), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(VOID, [pointer.type, i32, i32, i32])
        callee = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # For writing, kept in all cache levels, data.
        builder.call(callee, [pointer, i32(1), i32(3), i32(1)])
        return context.get_dummy_value()

    return nb.void(cells, i), codegen


@overload(atomics.prefetch_write, **OVERLOAD)
def _compiled_prefetch_write(cells: Any, i: Any) -> Any:
    return lambda cells, i: _prefetch_write(cells, i)


@overload(atomics.fence, **OVERLOAD)
def _compiled_fence() -> Any:
    return lambda: _fence()


@overload(atomics.pause, **OVERLOAD)
def _compiled_pause() -> Any:
    return lambda: _pause()


@overload(atomics.cycles, **OVERLOAD)
def _compiled_cycles() -> Any:
    return lambda: _cycles()


@overload(atomics.sched_yield, **OVERLOAD)
def _compiled_sched_yield() -> Any:
    def impl() -> None:
        _libc_sched_yield()

    return impl


@overload(atomics.clock_ns, **OVERLOAD)
def _compiled_clock_ns() -> Any:
    def impl() -> int:
        timespec = _timespec()
        _libc_clock_gettime(CLOCK_MONOTONIC, timespec)
        return _peek(timespec, 0) * NS_PER_SECOND + _peek(timespec, 1)

    return impl


@overload(atomics.futex_wait, **OVERLOAD)
def _compiled_futex_wait(cells: Any, i: Any, expected: Any, timeout_ns: Any) -> Any:
    def impl(cells: Any, i: int, expected: int, timeout_ns: int) -> None:
        timespec = _timespec()
        _poke(timespec, 0, timeout_ns // NS_PER_SECOND)
        _poke(timespec, 1, timeout_ns % NS_PER_SECOND)
        word = cell_address(cells, i)
        low = expected & 0xFFFFFFFF
        _libc_syscall(SYS_FUTEX, word, FUTEX_WAIT_PRIVATE, low, timespec, 0, 0)

    return impl


@overload(atomics.futex_wake, **OVERLOAD)
def _compiled_futex_wake(cells: Any, i: Any, count: Any) -> Any:
    def impl(cells: Any, i: int, count: int) -> None:
        _libc_syscall(SYS_FUTEX, cell_address(cells, i), FUTEX_WAKE_PRIVATE, count, 0, 0, 0)

    return impl
