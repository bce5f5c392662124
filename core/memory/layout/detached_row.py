"""One line a detached message, in `detached`: a message that lies in no ring.

Its slot is in `message`, behind the rings (core.messages.detached).
"""

NEXT = 0  # index + 1 of the next one of its list, or 0
FREE_LINK = 4  # links of the index pool, while it is free; and the word after
