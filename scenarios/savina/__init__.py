"""Scenarios of the Savina suite, which other runtimes share."""
