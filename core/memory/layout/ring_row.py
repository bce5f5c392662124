"""One line a ring of a linked mailbox, in `ring`; its slots are in `message`."""

HEAD = 0  # position of the next message to read; owner, release
NEXT = 1  # {ring + 1, position where this ring ends}, 0 while it is the last; sender, release
FREE_LINK = 4  # links of the index pool, while the ring is free; and the word after

POSITIONS = (1 << 34) - 1  # positions of a ring wrap here
