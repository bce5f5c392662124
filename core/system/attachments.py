"""Tables of the objects attached to a system: its block pool and its directory."""

from typing import Any

from zbench.core.blocks.pool import BlockPool
from zbench.core.directory import hash_table
from zbench.core.directory.directory import Directory


def block_tables(pool: BlockPool | None, workers: int) -> Any:
    """Value of ``Tables.blocks``: the pool's tables, or () without a pool.

    Raises:
        ValueError: if the pool is made for fewer workers.
    """
    if pool is None:
        return ()
    _check_rows("block pool", pool.tables.workers, workers)
    return pool.tables


def route_tables(directory: Directory | None, workers: int) -> Any:
    """Value of ``Tables.routes``: the directory's tables, or () without one.

    Raises:
        ValueError: if the directory is made for fewer workers.
    """
    if directory is None:
        return ()
    row = hash_table.CACHE_ENTRIES * hash_table.ENTRY_WORDS
    _check_rows("directory", len(directory.tables.cache) // row, workers)
    return directory.tables


def _check_rows(what: str, rows: int, workers: int) -> None:
    """Check that each worker has its own row of caches."""
    if rows < workers:
        msg = f"the {what} is made for {rows} workers, the system has {workers}; give it as many"
        raise ValueError(msg)
