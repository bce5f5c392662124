"""Keeping a kernel out of its callers, where LLVM would find it worth to go in.

LLVM inlines what is called once, and small functions everywhere; the kernels of mailboxes
at fixed places would multiply in every behaviour that sends, and their compile time too.
"""

from typing import Any

from zbench.core.compile.kernel import INTERPRETED


def _nothing() -> None:
    """Uncompiled, there is nothing to keep out of."""


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
