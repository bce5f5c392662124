"""The actor system as Python sees it."""
