"""The context: all operations that a behaviour may use."""

from zbench.core.compile.kernel import INTERPRETED

if not INTERPRETED:
    from zbench.core.context import _blocks_llvm  # noqa: F401  tells numba of Context.words
