"""Measure, profile, compare and guard actor runtimes."""

__version__ = "0.1.0"
