"""The context: everything that a behaviour may do."""

from zbench.core.compile.kernel import INTERPRETED

if not INTERPRETED:
    from zbench.core.context import _blocks_llvm  # noqa: F401  tells numba of Context.words
