"""One line an actor, in `actor`: offsets of its words, and their writers."""

MAIL = 0  # packed {ring, tail, flags}, see core.mailbox.linked; senders and owner, atomic
REF = 1  # reference of its living actor (core.actors.refs); at spawn, and by the owner at its end
BEHAVIOUR = 2  # index of its behaviour; written at spawn
READING = 3  # ring the owner reads; written by the waking thread, then by the owner
FREE_LINK = 4  # links of the index pool, while the slot is free; and the word after
KIN = 4  # {parent, next older child + 1} of a supervised actor; at spawn, then the parent's owner
STAGE = 6  # stage of a supervised actor's life (core.actors.stages); owner
ATTACHED = 7  # ring given to an actor awake without one; sender, release, then the owner

# The first actor of a supervised system, parent of all actors that Python spawns.
GUARDIAN_SLOT = 0
