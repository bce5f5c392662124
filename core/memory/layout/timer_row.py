"""Timers (core.timers): a line a timer, and a row a heap.

The first words are of `timer`; the timer's message is in `timer_data`. Those after them are of
`timer_row`, one for the heap of {due, timer} in the same row of `timer_heap`.
"""

from zbench.core.memory.layout.lines import PAIR

REF = 0  # reference of the timer that is set (core.actors.refs); holder of the lock
WHERE = 1  # {row, place in its heap}
TO = 2
KIND = 3  # of the message, or commands, negated
FREE_LINK = 4  # links of the index pool, while it is free; and the word after
PERIOD = 6  # ns, 0 for once
SENDER = 7

DUE = 0  # of its first timer, NEVER if it has none; holder of the lock, relaxed
HEAP_SIZE = 1
LOCK = PAIR  # 1 while a thread works on the row
HEAP_WORDS = 2 * PAIR

NEVER = (1 << 62) - 1
