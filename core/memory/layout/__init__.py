"""The schema: a module a table, with the offset of every word and who writes it.

Offsets are used with the module's name, ``worker_row.LIFO``; only the units of ``lines`` are
imported by themselves.
"""
