"""Compile a function as the behaviours of a program are compiled, and call it as a worker does."""

import threading

import numba as nb
from zbench.core.compile import stack_check
from zbench.core.compile.guards import Guards
from zbench.core.compile.kept_code import KeptCode
from zbench.core.compile.kernel import cached_kernel


def compiled(function, *args, checked, kernels=()):
    """A function that calls another one with arguments of these types."""
    names = ", ".join(f"a{k}" for k in range(len(args)))
    space = {"function": function}
    exec(f"def caller({names}): return function({names})", space)
    made = cached_kernel(space["caller"])
    guards = Guards([function], kernels, checked=checked)
    made._cache = KeptCode(made, [function], f"{checked} {names}", guards.begin)
    with guards:
        made.compile(tuple(map(nb.typeof, args)))
    return made


def call(made, *args):
    """The result or the exception of a call in a thread with a limit of its stack."""
    found = []

    def work():
        stack_check.note_limit()
        try:
            found.append(made(*args))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found[0]


def run(function, *args, checked=True, kernels=()):
    """The result or the exception of a function with guards."""
    return call(compiled(function, *args, checked=checked, kernels=kernels), *args)
