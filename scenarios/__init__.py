"""Scenarios to measure: one file for each scenario or family."""
