"""Measure scenarios in worker processes and turn the values into results."""
