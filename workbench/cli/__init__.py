"""The command line: one module a command, and how results are printed.

Commands import what they need when they run, so that ``zbench --help`` answers at once.
"""
