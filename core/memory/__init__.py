"""Tables of int64 words, atomic operations on them, pools of their indices."""
