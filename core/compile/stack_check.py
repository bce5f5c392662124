"""A recursive function finds out that the stack is exhausted, and raises.

Without this the process ends by a signal at the guard page below the stack, without a word.
Each worker notes the lowest address that its functions may use, in a variable of its thread
(``note_limit``). A function compiled by ``CheckingCompiler`` compares its own address with that
first. Threads that have noted none are not checked.
"""

import ctypes
from typing import Any

from llvmlite import binding, ir
from numba.core import ir as numba_ir
from numba.core import types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.postproc import PostProcessor
from numba.core.untyped_passes import IRProcessing
from numba.extending import intrinsic
from zbench.core.compile import back_calls

# Below the limit there is room for what a function calls that is not checked itself: the
# runtime, and behaviours that run while this one sends (core.scheduler.helping).
RESERVE_BYTES = 512 * 1024
KEY = "zbench_stack_key"  # a symbol: kept machine code finds each process's own
I32 = ir.IntType(32)
I64 = ir.IntType(64)
POINTER = ir.IntType(8).as_pointer()

_libc = ctypes.CDLL(None)


def _made_key() -> Any:
    """The process's one variable of this kind, which machine code finds by its symbol.

    A second copy of this module must use it too, and it must outlive the first one.
    """
    known = binding.address_of_symbol(KEY)
    if known:
        return ctypes.c_uint.from_address(known)
    _libc.malloc.restype = ctypes.c_void_p
    key = ctypes.c_uint.from_address(_libc.malloc(ctypes.sizeof(ctypes.c_uint)))
    _libc.pthread_key_create(ctypes.byref(key), None)
    binding.add_symbol(KEY, ctypes.addressof(key))
    return key


_key = _made_key()


def note_limit() -> None:
    """Have the functions that this thread runs checked from now on."""
    attributes = (ctypes.c_uint64 * 32)()  # a pthread_attr_t, which is smaller
    start, size = ctypes.c_void_p(), ctypes.c_size_t()
    thread = ctypes.c_void_p(_pthread_self())
    if _libc.pthread_getattr_np(thread, attributes) != 0:
        return
    _libc.pthread_attr_getstack(attributes, ctypes.byref(start), ctypes.byref(size))
    _libc.pthread_attr_destroy(attributes)
    limit = (start.value or 0) + min(RESERVE_BYTES, size.value // 4)
    _libc.pthread_setspecific(_key, ctypes.c_void_p(limit))


def _pthread_self() -> int:
    function = _libc.pthread_self
    function.restype = ctypes.c_void_p
    found: int = function()
    return found


@intrinsic
def stack_is_left(_typing: Any) -> Any:
    """Whether the function that asks is above its thread's limit."""

    def codegen(_context: Any, builder: Any, _sig: Any, _args: Any) -> Any:
        module = builder.module
        back_calls.define_variable(module, builder.function)
        key = module.globals.get(KEY) or ir.GlobalVariable(module, I32, KEY)
        read = _declared(module, "pthread_getspecific", ir.FunctionType(POINTER, [I32]))
        own = _declared(module, "llvm.frameaddress.p0", ir.FunctionType(POINTER, [I32]))
        limit = builder.ptrtoint(builder.call(read, [builder.load(key)]), I64)
        here = builder.ptrtoint(builder.call(own, [I32(0)]), I64)
        return builder.icmp_unsigned(">", here, limit)

    return types.boolean(), codegen


def _declared(module: Any, name: str, kind: Any) -> Any:
    return module.globals.get(name) or ir.Function(module, kind, name)


@register_pass(mutates_CFG=True, analysis_only=False)
class StackCheck(FunctionPass):
    """Begin a function with the check: after its arguments, before anything else."""

    _name = "zbench_stack_check"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Split the first block at that place, and branch to the rest or raise."""
        function = state.func_ir
        first = function.blocks[min(function.blocks)]
        label = max(function.blocks) + 1
        taken = sum(_is_argument(statement) for statement in first.body)
        place = first.body[taken].loc  # a decorator's line would name the function above
        scope = first.scope
        rest, failure = numba_ir.Block(scope, place), numba_ir.Block(scope, place)
        rest.body, first.body = first.body[taken:], first.body[:taken]
        message = f"stack exhausted in {function.func_id.func_name}: it calls itself too deeply"
        failure.append(numba_ir.StaticRaise(RecursionError, (message,), place))
        check = numba_ir.Global("stack_is_left", stack_is_left, place)
        called = scope.redefine("$stack_check", place)
        is_left = scope.redefine("$stack_is_left", place)
        call = numba_ir.Expr.call(called, (), (), place)
        for variable, value in ((called, check), (is_left, call)):
            first.append(numba_ir.Assign(value, variable, place))
            function._definitions[variable.name].append(value)
        first.append(numba_ir.Branch(is_left, label, label + 1, place))
        function.blocks.update({label: rest, label + 1: failure})
        PostProcessor(function).run()
        return True


def _is_argument(statement: Any) -> bool:
    return isinstance(statement, numba_ir.Assign) and isinstance(statement.value, numba_ir.Arg)


class CheckingCompiler(CompilerBase):
    """numba's compiler with the check of the stack."""

    def define_pipelines(self) -> list[Any]:
        """List the passes that numba has, and one more."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(StackCheck, IRProcessing)
        passes.finalize()
        return [passes]
