"""Lists of an actor's detached messages: stashed ones and system messages.

One line an actor in `aside`, all of it the owner's, and two lines an actor in
`system_stack`, which senders of system messages write.
"""

STASH_FIRST = 0  # index + 1: messages that ctx.stash() put aside, oldest first
STASH_LAST = 1
STASH_COUNT = 2
BACK_FIRST = 3  # index + 1: messages that ctx.unstash() brought back, to be handled next
BACK_COUNT = 4
IN_HAND = 5  # index + 1 of the stashed message being handled, unless put aside again
SYSTEM_FIRST = 6  # index + 1: system messages taken from `system_stack`, in order

SYSTEM_STACK = 0  # {lives before, index + 1}: in `system_stack`; any thread, acq_rel
