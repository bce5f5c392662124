"""The tables that behaviours reach only where a system was given them: blocks, routes."""

from typing import Any

from zbench.core import routing
from zbench.core.block_pool import BlockPool
from zbench.core.directory import Directory
from zbench.core.errors import MissingTablesError
from zbench.core.layout import WIDE_WORDS


def need(option: tuple[int, ...], field: str, method: str) -> None:
    """Refuse a method where the tables lack its option, for Python."""
    if not option:
        raise MissingTablesError(method, field)


def require(context: Any, field: str, method: str) -> None:
    """Refuse to compile a method where numba's type of the context lacks what it needs."""
    tables = context.types[context.fields.index("tables")]
    if getattr(tables.kinds[field], "count", 1) == 0:
        raise MissingTablesError(method, field)


def check_wide(method: str, words: int | None) -> None:
    """Refuse data that is not the 14 words of a wide message; None is no tuple."""
    if words != WIDE_WORDS:
        found = "no tuple" if words is None else f"{words}"
        msg = f"ctx.{method} takes a tuple of {WIDE_WORDS} words of data, got {found}"
        raise TypeError(msg)


def block_tables(pool: BlockPool | None, workers: int) -> Any:
    """What ``Tables.blocks`` holds: the pool's tables, or () without a pool.

    Raises:
        ValueError: if the pool is made for fewer workers.
    """
    if pool is None:
        return ()
    _check_rows("block pool", pool.tables.workers, workers)
    return pool.tables


def route_tables(directory: Directory | None, workers: int) -> Any:
    """What ``Tables.routes`` holds: the directory's tables, or () without one.

    Raises:
        ValueError: if the directory is made for fewer workers.
    """
    if directory is None:
        return ()
    row = routing.CACHE_ENTRIES * routing.ENTRY_WORDS
    _check_rows("directory", len(directory.tables.cache) // row, workers)
    return directory.tables


def _check_rows(what: str, rows: int, workers: int) -> None:
    """Each worker needs a row of caches of its own."""
    if rows < workers:
        msg = f"the {what} is made for {rows} workers, the system has {workers}; give it as many"
        raise ValueError(msg)
