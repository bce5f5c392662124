"""Lock-free queues of indices, each one algorithm."""
