"""The interleaving explorer: runs the very source of the lock-free kernels, interpreted.

Each atomic operation is a switch point. Memory is x86's total store order: a plain or
release store may stay in its thread's store buffer, in order, past later loads, until the
thread fences, does a read-modify-write, blocks or ends. The search is exhaustive up to a bound of
preemptions (after Musuvathi and Qadeer, CHESS) and of delayed stores; beyond it, random.
"""

from tests.explorer.explore import Failure, Outcome, explore, replay, sample
from tests.explorer.interpreted import load_interpreted
from tests.explorer.memory import SharedArray, share

__all__ = [
    "Failure",
    "Outcome",
    "SharedArray",
    "explore",
    "load_interpreted",
    "replay",
    "sample",
    "share",
]
