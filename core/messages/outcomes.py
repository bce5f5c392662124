"""Outcomes of sending a message or raising a signal."""

DELIVERED = 0
WOKEN = 1  # delivered, and the caller must schedule the actor
SPILLED = 2  # delivered into a chained ring
NOBODY = 3  # the actor is dead: a dead letter
REFUSED = 4  # no ring free: a dead letter too
REPEATED = 5  # a signal that was up already
OVERFLOWN = 6  # no room in a bounded mailbox (core.delivery.bounded): a dead letter too
FAILED = 7  # the same, and the sender is to fail
