"""The two forms of dispatch, as source text that core.system.program inserts into the loop.

specialised: the loop is compiled for one set of behaviours and calls them by a chain of
comparisons, so the compiler can inline them. table: each behaviour is a function of its
own, called through its address in ``Tables.code``; a call passes four words.
"""

from collections.abc import Iterable
from typing import Any

import numba as nb
from llvmlite import ir
from numba.core.ccallback import CFunc
from numba.extending import intrinsic
from zbench.core.actors.faults import attempt, attempt_hook
from zbench.core.compile import renewal
from zbench.core.compile.kept_code import KeptCode

# Names that the source texts below import from this module.
__all__ = ["attempt", "attempt_hook", "call", "callback", "tables_address", "tables_from"]

I64 = ir.IntType(64)


def specialised(behaviours: int) -> str:
    """Source of the specialised form for a number of behaviours."""
    choices = "".join(CHOICE.format(k=k) for k in range(behaviours))
    return SPECIALISED.format(here=__name__, choices=choices)


def hooks(known: Iterable[tuple[int, int]]) -> str:
    """Source of ``hook`` for the existing hooks: pairs of behaviour and hook number."""
    choices = "".join(HOOK_CHOICE.format(k=k, which=which) for k, which in known)
    return HOOKS.format(here=__name__, choices=choices)


HOOKS = '''
from {here} import attempt_hook


@kernel
def hook(which, behaviour, ctx, state):
    """Call a hook of the behaviour; 0, or what it raised."""
{choices}    return 0


'''

HOOK_CHOICE = """
    if behaviour == {k} and which == {which}:
        return attempt_hook(hook_{k}_{which}, ctx, state)
"""


SPECIALISED = '''
from {here} import attempt


@kernel
def dispatch(behaviour, ctx, state, message):
    """Call the behaviour with that index; 0, or what it raised."""
{choices}    return 0


'''

CHOICE = """
    if behaviour == {k}:
        return attempt(behaviour_{k}, ctx, state, message)
"""


TRAMPOLINE = """
def trampoline_{k}(tables_at, worker, actor, slot):
    t = tables_from(tables_at, TABLES_TYPE)
    words = t.state_words
    state = t.state[actor * words : (actor + 1) * words]
    message = t.message[slot : slot + envelope.message_words(t)]
    return attempt(behaviour_{k}, Context(t, worker, actor, slot), state, message)

"""

TABLE = '''
from {here} import attempt, call, callback, tables_address, tables_from


{trampolines}
def addresses(keep, tables_type):
    """Compile every trampoline for tables of this type, or load it; their addresses."""
    import numba as nb
    global TABLES_TYPE, compiled
    TABLES_TYPE = nb.types.TypeRef(tables_type)
    compiled = [callback(f, keep(f)) for f in ({names})]
    return [c.address for c in compiled]


@kernel
def dispatch(behaviour, ctx, state, message):
    """Call the behaviour with that index through the table; 0, or what it raised."""
    t = ctx.tables
    return call(t.code[behaviour], tables_address(t), ctx.worker, ctx.actor, ctx.slot)


'''


def table(behaviours: int) -> str:
    """Source of the table form for a number of behaviours."""
    trampolines = "".join(TRAMPOLINE.format(k=k) for k in range(behaviours))
    names = "".join(f"trampoline_{k}, " for k in range(behaviours))
    return TABLE.format(here=__name__, trampolines=trampolines, names=names)


SOURCES = {"specialised": specialised, "table": table}


def callback(function: Any, kept: KeptCode) -> Any:
    """A trampoline as C calls it, compiled or loaded."""
    options = {"nopython": True, "_nrt": False, "error_model": "numpy"}
    made = CFunc(function, ((nb.int64,) * 4, nb.int64), locals={}, options=options)
    made._cache = kept
    made.compile()
    if made.cache_hits == 0:
        renewal.count_callback()
    return made


@intrinsic
def call(typing: Any, address: Any, tables_at: Any, worker: Any, actor: Any, slot: Any) -> Any:
    """Call a trampoline by its address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(I64, [I64] * 4).as_pointer()
        values = [
            context.cast(builder, v, t, nb.int64) for v, t in zip(args, sig.args, strict=True)
        ]
        return builder.call(builder.inttoptr(values[0], kind), values[1:])

    return nb.int64(address, tables_at, worker, actor, slot), codegen


@intrinsic
def tables_address(typing: Any, tables: Any) -> Any:
    """The address of the tables, as a word."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(args[0], I64)

    return nb.int64(tables), codegen


@intrinsic
def tables_from(typing: Any, address: Any, kind: Any) -> Any:
    """The tables at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(kind.instance_type))

    return kind.instance_type(nb.int64, kind), codegen
