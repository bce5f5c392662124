"""The schema: a module a table, with the offset and the writer of every word.

Offsets are used with the module's name, ``worker_row.LIFO``; only the units of ``lines`` are
imported by themselves.
"""
