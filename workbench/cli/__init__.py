"""The command line: one module for each command, and the printing of results.

Commands import what they need when they run, so that ``zbench --help`` answers at once.
"""
