"""Scheduler policies other than work stealing, and the points at which they are asked."""
