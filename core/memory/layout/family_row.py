"""Two lines an actor, in `family`, where actors are supervised.

All words are zero at the start of an incarnation. The first line has the words that other
threads write.
"""

from zbench.core.memory.layout.lines import LINE

CONTROL = 0  # {lives before, commands}; any thread, acq_rel
NEWS = 1  # child slot + 1: head of the stack of children with news; children, acq_rel
STATUS = 2  # news that the parent has yet to read; owner and parent, acq_rel
NEWS_NEXT = 3  # link of that stack; the child before it is pushed
FAULT_CODE = 4  # of the fault the supervisor is to judge; owner, before STATUS
CHILD = 8  # slot + 1 of the youngest child
FIRST_BEHAVIOUR = 9  # index + 1 of the behaviour a restart goes back to, 0 if it never changed
RESTARTS = 10  # in the present window
WINDOW = 11  # when that began, ns
GROUP_RESTARTS = 12  # of its children together, and the start of that window
GROUP_WINDOW = 13
YOUNGER = 14  # next younger child + 1, or 0 where that has not been noted; the parent's owner
WORDS = 2 * LINE
