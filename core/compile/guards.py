"""Compile for one program, with guards, what other programs have without.

In checked mode all functions that behaviours reach raise on an index out of range and on a
division by zero; in either mode those that may call themselves check the stack. The machine
code that they have is put aside meanwhile and put back afterwards: it is neither used in the
program nor replaced for anybody else. A program without guards is compiled as if this module
did not exist.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from numba.core import event
from numba.core.caching import NullCache
from numba.core.compiler_lock import global_compiler_lock
from zbench.core.compile import renewal
from zbench.core.compile.call_graph import CallGraph
from zbench.core.compile.kernel import LEAF
from zbench.core.compile.stack_check import CheckingCompiler

CHECKS = {"boundscheck": True, "error_model": "python"}


class Guards(event.Listener):
    """The time in which one program is compiled; ``begin`` is called if it must be.

    Args:
        roots: behaviours and hooks.
        kernels: users' kernels that the core calls; they have no guards.
        checked: whether to check indices and divisions.
    """

    def __init__(self, roots: Iterable[Any], kernels: Iterable[Any], *, checked: bool) -> None:
        self._roots = tuple(roots)
        self._kernels = tuple(kernels)
        self._checked = checked
        self._codes: set[Any] = set()
        self._recursive: list[Any] = []
        self._compiling: list[tuple[Any, Any]] = []  # recursive functions and arguments, nested
        self._unfinished: list[tuple[Any, Any]] = []
        self._has_begun = False
        self._ending = ExitStack()

    def __enter__(self) -> None:
        self._has_begun = False

    def __exit__(self, *_: object) -> None:
        """Put back all that was put aside."""
        self._ending.close()

    def begin(self) -> None:
        """Put machine code without guards aside, if the program has any guards."""
        if self._has_begun:
            return
        self._has_begun = True
        graph = CallGraph(*self._roots)
        recursive = graph.recursive()
        if not (self._checked or recursive):
            return
        self._ending.enter_context(global_compiler_lock)
        functions = graph.dispatchers()
        others = CallGraph(*self._kernels).dispatchers()
        if not set(others).isdisjoint(functions):
            # The core's kernels that are made now have guarded functions in them.
            self._ending.callback(renewal.forget_core)
            functions += [f for f in others if f not in functions]
        eager = [(f, _signatures(f)) for f in functions if not f._can_compile]
        for function in functions:
            self._ending.callback(_put_aside(function))
        for template in graph.overloads:
            self._ending.callback(_put_calls_aside(template))
        renewal.forget_calls(set(functions))
        self._ending.callback(renewal.forget_calls, set(functions))
        self._codes = graph.codes
        self._recursive = recursive
        _prepare_recursive(recursive)
        event.register("numba:compile", self)
        self._ending.callback(event.unregister, "numba:compile", self)
        renewal.compile_eagerly(eager)

    def on_start(self, seen: Any) -> None:
        """Give a function checks that numba is about to compile, if behaviours reach it.

        That may be one that numba has just made: a function inside another, an overload.
        """
        compiler = seen.data["dispatcher"]._compiler
        if self._checked and compiler.py_func.__code__ in self._codes:
            compiler.targetoptions = {**compiler.targetoptions, **CHECKS}
        if seen.data["dispatcher"] in self._recursive:
            self._compiling.append((seen.data["dispatcher"], seen.data["args"]))

    def on_end(self, seen: Any) -> None:
        """Forget the functions that call the one just compiled, which they do by a variable.

        Its machine code has theirs in it, and defines the variable. Another caller of theirs
        would not have it.
        """
        if seen.data["dispatcher"] in self._recursive:
            self._unfinished.append(self._compiling.pop())
            if not self._compiling:
                for dispatcher, arguments in self._unfinished[:-1]:
                    _forget_overload(dispatcher, arguments)
                self._unfinished.clear()


def _prepare_recursive(functions: list[Any]) -> None:
    """Have recursive functions check the stack.

    numba takes the options of the caller for those of a function that calls it back, and so
    does not find it if they differ.
    """
    options = [function._compiler.targetoptions for function in functions]
    differ = any(one != options[0] for one in options)
    for function in functions:
        function._compiler.pipeline_class = CheckingCompiler
        if differ:
            function._compiler.targetoptions = LEAF


def _forget_overload(dispatcher: Any, arguments: Any) -> None:
    """Forget the machine code of a function for some types of arguments."""
    others = [found for key, found in dispatcher.overloads.items() if key != tuple(arguments)]
    _set_overloads(dispatcher, others)


def _set_overloads(dispatcher: Any, results: Iterable[Any]) -> None:
    """Leave a function compiled for these types of arguments, and no others."""
    renewal.drop_overloads(dispatcher)
    for result in results:
        dispatcher.add_overload(result)


def _signatures(dispatcher: Any) -> list[Any]:
    return [result.signature for result in dispatcher.overloads.values()]


def _put_aside(dispatcher: Any) -> Callable[[], None]:
    """Leave a function as if it was never compiled; a call that takes that back.

    numba's own cache would give it machine code without guards, and keep that with them.
    """
    compiler = dispatcher._compiler
    results = list(dispatcher.overloads.values())
    digest = renewal.known_digest(dispatcher)
    own = (dispatcher._cache, dispatcher._can_compile)
    of_compiler = (compiler.targetoptions, compiler.pipeline_class, compiler._failed_cache)

    def put_back() -> None:
        dispatcher._can_compile = True
        _set_overloads(dispatcher, results)
        renewal.set_known_digest(dispatcher, digest)
        dispatcher._cache, dispatcher._can_compile = own
        compiler.targetoptions, compiler.pipeline_class, compiler._failed_cache = of_compiler

    # A thread that calls it meanwhile waits for numba's lock, instead of being refused.
    dispatcher._can_compile = True
    dispatcher._reset_overloads()
    dispatcher._cache = NullCache()
    compiler._failed_cache = {}
    return put_back


def _put_calls_aside(template: Any) -> Callable[[], None]:
    """Leave an overload as if it was never called; a call that takes that back."""
    calls, compiled = template._impl_cache, template._compiled_overloads

    def put_back() -> None:
        template._impl_cache, template._compiled_overloads = calls, compiled

    template._impl_cache, template._compiled_overloads = {}, {}
    return put_back
