"""Scheduling: where runnable actors wait, stealing, parking, settings, policies."""
