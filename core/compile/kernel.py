"""The one way to compile: options shared by every kernel, and the interpreted twin.

Kernels run without the GIL, follow NumPy's division rules, and are compiled without
numba's reference counting (``_nrt=False``): counting references to arrays around
every inlined call cost more than the work itself (15.5 ns against 1.3 ns for a
push and a pop). The price is that a kernel cannot allocate.

A kernel that other kernels call is compiled without the wrappers through which Python
and C would call it; if Python does call it, it is compiled once more with them.
"""

import functools
import os
import types
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba as nb
from zbench.core.compile.kept_code import KeptCode

P = ParamSpec("P")
R = TypeVar("R")

INTERPRETED = bool(nb.config.DISABLE_JIT) or bool(os.environ.get("ZBENCH_INTERPRETED"))

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
# Leaves are inlined by force, so that the compiler sees through them.
LEAF = {**OPTIONS, "forceinline": True, "no_cpython_wrapper": True}
# Explicit, since in numba a kernel inherits the options of the one it is compiled for.
COLD = {**OPTIONS, "forceinline": False, "no_cpython_wrapper": True}


class Leaf:
    """A kernel for other kernels, which numba knows by ``_numba_type_``."""

    def __init__(self, dispatcher: Any, kind: Callable[[Any], Any]) -> None:
        self.py_func = dispatcher.py_func
        functools.update_wrapper(self, self.py_func)
        self._dispatcher = dispatcher  # its type only refers to it weakly
        self._numba_type_ = kind(dispatcher)

    @functools.cached_property
    def compiled(self) -> Any:
        """The twin that Python can call."""
        plain = self.py_func
        # A recursive function must call its twin, in a namespace of its own.
        own = types.FunctionType(
            plain.__code__, {**plain.__globals__}, plain.__name__, plain.__defaults__,
            plain.__closure__,
        )  # fmt: skip
        twin = nb.njit(**OPTIONS)(own)  # noqa: TID251  the one place
        twin._cache = KeptCode(twin)
        if plain.__globals__.get(plain.__name__) is self:
            own.__globals__[plain.__name__] = twin
        return twin

    def __repr__(self) -> str:
        """As messages of errors show it."""
        return f"<compiled function {self.py_func.__name__}>"

    def __call__(self, *args: Any) -> Any:
        """Call it from Python."""
        return self.compiled(*args)

    def __get__(self, _instance: Any, _owner: Any = None) -> "Leaf":
        """Bind as functions do, so that tools that document functions document kernels."""
        return self


class LeafType(nb.types.Dispatcher):
    """Type of a kernel that is compiled once for all numbers, constant or not."""

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """Signature of a call; numba alone makes another for every constant."""
        return super().get_call_type(context, *_plain(args, kws))


def _plain(args: Any, kws: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Types of arguments, a constant's being that of other numbers."""
    plain = tuple(nb.types.unliteral(kind) for kind in args)
    return plain, {name: nb.types.unliteral(kind) for name, kind in kws.items()}


class GatedType(LeafType):
    """Type of a kernel that is compiled only for tables with an option."""

    def __init__(self, option: str, stub: Any, dispatcher: Any) -> None:
        self.option = option
        self.stub = LeafType(stub)
        self.full = LeafType(dispatcher)
        super().__init__(dispatcher)

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """Signature of a call with these tables."""
        chosen = self.full if len(args[0].kinds[self.option]) > 0 else self.stub
        return chosen.get_call_type(context, args, kws)

    def get_impl_key(self, sig: Any) -> Any:
        """The machine code for that signature; the stub has all its arguments in a tuple."""
        stub = isinstance(sig.args[0], nb.types.BaseTuple)
        return (self.stub if stub else self.full).get_impl_key(sig)


for _kind in (LeafType, GatedType):
    nb.extending.register_model(_kind)(nb.core.datamodel.models.OpaqueModel)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a leaf kernel at its first call from Python or from another kernel."""
    return _leaf(function, LEAF)


def cold_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that is seldom called, outside its callers' hot code."""
    return _leaf(function, COLD)


def optional_kernel(
    option: str, *, cold: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A kernel that is compiled only for tables (its first argument) with an option.

    For others it does nothing and returns 0, False or None, by its annotation. Callers
    still test ``len(t.option) > 0``, the only check when uncompiled. This saves compile
    time: numba types and compiles unreachable code too.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        if INTERPRETED:
            return function
        dispatcher = nb.njit(**(COLD if cold else LEAF))(function)  # noqa: TID251
        stub = _stub(function.__annotations__["return"])
        return cast("Callable[P, R]", Leaf(dispatcher, functools.partial(GatedType, option, stub)))

    return wrap


def view_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that returns part of an array into each kernel that calls it.

    Without reference counting numba compiles no function that returns an array which is
    not its argument, so the source goes into the caller's. Python cannot call it.
    """
    if INTERPRETED:
        return function
    return cast("Callable[P, R]", nb.njit(inline="always", _nrt=False)(function))  # noqa: TID251


def cached_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that Python calls, and keep its machine code on disk."""
    if INTERPRETED:
        return function
    dispatcher = nb.njit(**OPTIONS)(function)  # noqa: TID251
    dispatcher._cache = KeptCode(dispatcher)  # asked at the first call, not before
    return cast("Callable[P, R]", dispatcher)


def _leaf(function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
    if INTERPRETED:
        return function
    dispatcher = nb.njit(**options)(function)  # noqa: TID251
    # numba looks so for the types of a function that calls itself, before LeafType is asked.
    fold = dispatcher.fold_argument_types
    dispatcher.fold_argument_types = lambda args, kws: fold(*_plain(args, kws))
    return cast("Callable[P, R]", Leaf(dispatcher, LeafType))


@functools.cache
def _stub(returns: Any) -> Any:
    """Compiled function of any arguments that returns the zero or None of a type."""
    nothing = None if returns is None else returns()
    return nb.njit(**LEAF)(lambda *_: nothing)  # noqa: TID251
