"""Scheduling policies other than work stealing, and where they are asked."""
