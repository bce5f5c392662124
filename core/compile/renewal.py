"""Compile functions anew whose globals have changed since numba compiled them.

numba freezes globals when it compiles and keeps the result for the life of the process; a
caller that is compiled later would get the old machine code. So the digest of each function
is noted when it is compiled, and before machine code is made for keeping, functions whose
digest has changed forget what they were compiled to. Code that is running stays.
"""

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from numba.core import event
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.utils import pysignature
from zbench.core.compile import frozen
from zbench.core.compile.call_graph import CallGraph, dispatcher_of
from zbench.core.compile.frozen import UnhashableError

UNKNOWN = "no digest, or more than one"

_known: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()  # dispatcher -> digest
_of_the_core: "WeakSet[Any]" = WeakSet()  # its dispatchers with machine code
_extensions: list[str] = []  # digest of the users' kernels that they call
_forgotten: list[Any] = []  # machine code that may still run


class _Watch(event.Listener):
    """Sees every function that numba compiles, rather than loads."""

    functions = 0

    def on_start(self, seen: Any) -> None:
        """Called under numba's lock, before it reads the function."""
        self.functions += 1
        note(seen.data["dispatcher"])

    def on_end(self, _: Any) -> None:
        """Nothing: the start was noted."""


_watch = _Watch()
event.register("numba:compile", _watch)


def compiled_functions() -> int:
    """Number of functions that numba has compiled in this process so far."""
    return _watch.functions


def count_callback() -> None:
    """Count a C callback, of which numba tells nobody."""
    _watch.functions += 1


def note(dispatcher: Any) -> None:
    """Note what a function freezes as it is about to be compiled, or was loaded."""
    if frozen.is_versioned(dispatcher.py_func):
        _of_the_core.add(dispatcher)
        return
    now = _digest(dispatcher)
    before = _known.get(dispatcher, now) if dispatcher.overloads else now
    _known[dispatcher] = now if now is not None and before == now else UNKNOWN


def known_digest(dispatcher: Any) -> str | None:
    """The digest noted when a function was compiled; None if it was not."""
    return _known.get(dispatcher)


def set_known_digest(dispatcher: Any, digest: str | None) -> None:
    """Note the digest again that a function had."""
    if digest is None:
        _known.pop(dispatcher, None)
    else:
        _known[dispatcher] = digest


def renew(roots: Iterable[Any], extensions: Iterable[Any] = ()) -> None:
    """Have functions, and all they reach, compiled anew if what they froze has changed.

    Args:
        roots: the functions that are about to be compiled.
        extensions: users' kernels that the core's kernels call.
    """
    with global_compiler_lock:
        reached = CallGraph(*roots, *extensions)
        for template in reached.overloads:
            template._impl_cache.clear()
        for dispatcher in reached.dispatchers():
            # With the defaults of now.
            dispatcher._compiler.pysig = pysignature(dispatcher.py_func)
        changed = [function for function in reached.functions if _has_changed(function)]
        compiled = [(dispatcher_of(function), _forget(function)) for function in changed]
        forget_calls({dispatcher for dispatcher, _ in compiled})
        compile_eagerly([(d, types) for d, types in compiled if not d._can_compile])
        if extensions:
            _renew_core(str([_digest(kernel) for kernel in extensions]))


def _has_changed(function: Any) -> bool:
    """Whether a function has machine code made from something else than it would be now."""
    dispatcher = dispatcher_of(function)
    return bool(dispatcher.overloads) and _known.get(dispatcher, UNKNOWN) != _digest(dispatcher)


def compile_eagerly(wanted: list[tuple[Any, Iterable[Any]]]) -> None:
    """Compile functions that take only the types of their decorators, for those types.

    Those that are called come after their callers in a walk, so they are compiled first: a
    caller finds the types that its functions take.
    """
    for dispatcher, types in reversed(wanted):
        dispatcher._can_compile = True
        try:
            for each in types:
                dispatcher.compile(each)
        finally:
            dispatcher._can_compile = False


def _renew_core(extensions: str) -> None:
    """Have the core's kernels compiled anew if the users' kernels they call have changed."""
    before = _extensions[-1:]
    _extensions[:] = [extensions]
    if before not in ([], [extensions]):
        forget_core()


def forget_core() -> None:
    """Have the core's kernels compiled anew."""
    for dispatcher in list(_of_the_core):
        _forget(dispatcher)


def _forget(function: Any) -> list[Any]:
    """Forget what a function was compiled to; the types of its arguments."""
    vars(function).pop("compiled", None)  # the twin that Python calls
    dispatcher = dispatcher_of(function)
    types = list(dispatcher.overloads)
    drop_overloads(dispatcher)
    return types


def drop_overloads(dispatcher: Any) -> None:
    """Have a function compiled at its next call; what may still run stays in memory."""
    _forgotten.append(dict(dispatcher.overloads))
    dispatcher._reset_overloads()


def forget_calls(changed: set[Any]) -> None:
    """Forget how overloads and intrinsics call functions that have changed."""
    known = cpu_target.typing_context._globals.values() if changed else ()
    for template in {t for kind in known for t in getattr(kind, "templates", ())}:
        calls = getattr(template, "_impl_cache", {})
        for key in list(calls):
            if any(getattr(kind, "dispatcher", None) in changed for kind in key[1]):
                del calls[key]


def _digest(function: Any) -> str | None:
    """Digest of a function now; None if something cannot be hashed."""
    try:
        return frozen.digest(function)
    except UnhashableError:
        return None
