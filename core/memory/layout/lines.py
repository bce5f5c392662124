"""The units of every table: words, cache lines and pairs of lines.

A line is 64 bytes, eight int64 words. Words that different threads write lie on
different pairs of lines (128 bytes: the adjacent line is prefetched with its neighbour).
"""

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]

LINE = 8  # words of a cache line
PAIR = 16  # words of two lines, the distance between words of different writers
NONE = -1  # no actor, no ring, no index
