"""Methods of a NamedTuple that Python and compiled code share.

numba knows the fields of a NamedTuple but none of its methods. ``twin`` registers a method
with numba: its body is compiled as it stands, with its signature and defaults. So numba
must be able to compile the body without reference counting.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba as nb
from numba.extending import overload_method
from zbench.core.compile.kernel import INTERPRETED

F = TypeVar("F", bound=Callable[..., Any])


class Check(NamedTuple):
    """A check of calls of a method: one function for Python, one for numba.

    Both take the method's name and the arguments of the call, for numba their types. They
    raise, or return nothing.
    """

    values: Callable[..., None]
    types: Callable[..., None]


def twin(*checks: Check) -> Callable[[F], F]:
    """Make a method callable from compiled code too, after checks of its arguments."""

    def wrap(method: F) -> F:
        if not INTERPRETED:
            _register(method, checks)
        return checked(*checks)(method)

    return wrap


def checked(*checks: Check) -> Callable[[F], F]:
    """Check the arguments of a method before each call from Python."""

    def wrap(method: F) -> F:
        @functools.wraps(method)
        def checking(*args: Any, **named: Any) -> Any:
            for check in checks:
                check.values(method.__name__, *args, **named)
            return method(*args, **named)

        return cast("F", checking) if checks else method

    return wrap


def _register(method: F, checks: tuple[Check, ...]) -> None:
    """Register a method with numba; other NamedTuples' methods of that name stay unknown."""
    name = method.__name__

    @overload_method(nb.types.NamedTuple, name, strict=False, jit_options={"_nrt": False})
    @functools.wraps(method)  # numba asks for the signature
    def typed(kind: Any, /, *args: Any, **named: Any) -> Any:
        if inspect.unwrap(getattr(kind.instance_class, name, None)) is not method:
            return None
        for check in checks:
            check.types(name, kind, *args, **named)
        return method
