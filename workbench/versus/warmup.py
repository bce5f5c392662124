"""The warm-up of a process by time and by its compiler, before its figures are looked at.

A series of figures alone can be fooled: code that is still interpreted, or compiled by the
first of two compilers, runs at a constant pace too. So every process runs for its peer's
``warmup_s`` first. A runtime that compiles while it runs says after each iteration how long it
has compiled so far (``compile_ms``), and its warm-up lasts until it is quiet.
"""

from bisect import bisect_right
from collections.abc import Sequence

QUIET_S = 2.0  # in this time ...
QUIET_SHARE = 0.01  # ... a quiet compiler takes at most this share of it
LONGEST = 6  # times warmup_s, whatever the compiler does


def warm_from(
    ends_s: Sequence[float], compile_ms: Sequence[float | None], warmup_s: float
) -> int | None:
    """Count the leading iterations that are warm-up; None if it has not ended.

    Args:
        ends_s: when each iteration ended, in seconds since the runtime was up.
        compile_ms: time its compilers had taken by then; None where nothing compiles.
        warmup_s: the least time to warm up.
    """
    if warmup_s == 0:
        return 0
    for k, end in enumerate(ends_s):
        if end >= warmup_s and (_is_quiet(ends_s, compile_ms, k) or end >= LONGEST * warmup_s):
            return k + 1
    return None


def _is_quiet(ends_s: Sequence[float], compile_ms: Sequence[float | None], k: int) -> bool:
    """Whether the compilers had next to nothing to do in the time before an iteration's end."""
    now = compile_ms[k]
    if now is None:
        return True
    before = bisect_right(ends_s, ends_s[k] - QUIET_S) - 1
    earlier = compile_ms[before] if before >= 0 else None
    return earlier is not None and now - earlier <= QUIET_SHARE * 1e3 * (ends_s[k] - ends_s[before])
