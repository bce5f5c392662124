"""Calls of a function by one that was compiled before it: numba's way for mutual recursion.

The first of two functions that call each other is compiled to a call through a variable, which
numba sets when the other one is there. In machine code that a later process loads nobody sets
it: the call would go nowhere. So the function that is called defines the variable; where both
are in one library, as in a program, the optimiser makes direct calls of it.
"""

from typing import Any

from llvmlite import ir
from numba.core.codegen import RuntimeLinker

POINTER = ir.IntType(8).as_pointer()


def define_variable(module: Any, function: Any) -> None:
    """Define the variable through which functions compiled before this one call it."""
    name = RuntimeLinker.PREFIX + function.name
    if name not in module.globals:
        variable = ir.GlobalVariable(module, POINTER, name)
        variable.linkage = "weak_odr"  # kept where nothing uses it yet, merged with its copies
        variable.global_constant = True
        variable.initializer = function.bitcast(POINTER)


def has_undefined(library: Any) -> bool:
    """Whether a library calls functions through variables that it does not define."""
    variables = library._final_module.global_variables
    return any(v.is_declaration and v.name.startswith(RuntimeLinker.PREFIX) for v in variables)
