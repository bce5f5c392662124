"""Scenarios of whole systems under load."""
