"""Keep LLVM from inlining a kernel into its callers.

LLVM inlines a function that is called once, and small functions everywhere; the kernels of
bounded mailboxes would multiply in every behaviour that sends, and their compile time too.
"""

from typing import Any

from zbench.core.compile.kernel import INTERPRETED


def _nothing() -> None:
    """Do nothing: uncompiled, nothing is inlined."""


noinline: Any = _nothing  # called in a kernel: it is compiled as a function, never inlined

if not INTERPRETED:
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def _never_inlined(_typing: Any) -> Any:
        """Mark the function that is being compiled."""

        def codegen(context: Any, builder: Any, _sig: Any, _args: Any) -> Any:
            builder.function.attributes.add("noinline")
            return context.get_dummy_value()

        return types.none(), codegen

    noinline = _never_inlined
