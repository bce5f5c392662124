"""Bounded mailboxes: the four built-in types, and the calls of a type's kernels."""
