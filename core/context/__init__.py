"""The context: everything that a behaviour may do."""
