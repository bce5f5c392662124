"""Messages: their format, typed views of their words, payloads as bytes."""

from zbench.core.compile.kernel import INTERPRETED

if not INTERPRETED:
    from zbench.core.messages import _typed_llvm  # noqa: F401  tells numba of typed messages
