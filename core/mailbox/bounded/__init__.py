"""Bounded mailboxes: four types built in, and calling the kernels of a type."""
