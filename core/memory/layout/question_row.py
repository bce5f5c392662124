"""One line a question between actors, in `question` (core.delivery.ask_actors)."""

STATE = 0  # {life of the row, whether it waits}
ASKER = 1
TIMER = 2
FREE_LINK = 4  # links of the index pool, while the row is free; and the word after
