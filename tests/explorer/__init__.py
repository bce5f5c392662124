"""The interleaving explorer: runs the very source of the lock-free kernels, interpreted.

Each atomic operation is a switch point. Memory is x86's total store order: a plain or
release store may stay in its thread's store buffer, in order, past later loads, and reach
memory at any moment, at the latest when the thread fences, does a read-modify-write or
enters the kernel. The search is exhaustive up to a bound of preemptions (after Musuvathi and
Qadeer, CHESS) and of delays (how often a thread meets a cell while another's store to it
is still on its way); beyond these bounds it is random.
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
