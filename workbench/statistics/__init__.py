"""Estimates, their intervals, and the end of warm-up: arrays in, numbers out."""
