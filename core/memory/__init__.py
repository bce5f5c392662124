"""Tables of int64 words, atomic operations on them, pools of their indices."""

from zbench.core.compile.kernel import INTERPRETED

if not INTERPRETED:
    from zbench.core.memory import _atomics_llvm  # noqa: F401  tells numba of the atomic operations
