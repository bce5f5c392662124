"""Where a store is: its address, its file, opening it."""

import functools
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool
from zbench.errors import StoreError

LOCK_TIMEOUT_S = 30.0  # how long one process waits for another that is saving
LOCK_STEP_S = 0.2
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def default_url() -> str:
    """Return the default address of results: $ZBENCH_STORE, or in the user's data folder."""
    chosen = os.environ.get("ZBENCH_STORE")
    if chosen:
        return chosen
    if os.environ.get("XDG_DATA_HOME"):
        base = Path(os.environ["XDG_DATA_HOME"])
    elif sys.platform == "darwin":
        base = _home() / "Library" / "Application Support"
    else:
        base = _home() / ".local" / "share"
    return str(base / "zbench" / "results.db")


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        msg = "there is no home folder to keep runs in; give a file with --store or $ZBENCH_STORE"
        raise StoreError(msg) from None


def parse_address(url: str | Path | None) -> tuple[URL, str]:
    """The address of a store, and its wording without a password: many people read logs."""
    where = default_url() if url is None else os.fsdecode(url)
    if "\0" in where:
        msg = "can't open the store: a path has no zero byte; give another with --store"
        raise StoreError(msg)
    if not ADDRESS.match(where):
        path = os.path.realpath(os.path.expanduser(where))
        return URL.create("sqlite", database=path), path
    try:
        address = make_url(where)
        return address, address.render_as_string()
    except (SQLAlchemyError, ValueError):
        scheme = where.partition("://")[0]
        msg = (
            f"can't open the store {scheme}://...: that isn't a database address; give "
            f"--store a path or {scheme}://user@host:port/database"
        )
        raise StoreError(msg) from None


def sqlite_file(address: URL) -> Path | None:
    """The file of an SQLite store; None: a server, or memory."""
    if address.get_backend_name() != "sqlite" or address.query or not address.database:
        return None
    return None if address.database == ":memory:" else Path(address.database)


def is_usable(path: Path, url: str, read_only: bool) -> bool:
    """Whether there is a file to open; to write, its folder is made.

    Raises:
        StoreError: It can't be opened.
    """
    if path.is_symlink():  # all links were followed
        raise unusable(url, "open", "it is a link to itself")
    if path.exists() and not path.is_file():
        raise unusable(url, "open", "it is a folder" if path.is_dir() else "it is not a file")
    if read_only:
        if path.exists() and not os.access(path, os.R_OK):
            raise unusable(url, "read", "permission denied")
        return path.exists() and path.stat().st_size > 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(url, "create", error.strerror or str(error)) from None
    # SQLite writes a journal beside the file.
    if not all(os.access(p, os.W_OK) for p in (path, path.parent) if p.exists()):
        raise unusable(url, "write to", "permission denied")
    return True


def open_engine(address: URL, path: Path | None) -> Engine:
    """Return SQLAlchemy's engine; an SQLite file that can't be written is opened for reading."""
    if path is None or address.database is None:
        engine = create_engine(address)
    else:
        writable = all(os.access(p, os.W_OK) for p in (path, path.parent) if p.exists())
        uri = f"file:{quote(os.fsencode(path))}?mode={'rwc' if writable else 'ro'}"
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                uri, timeout=LOCK_STEP_S, uri=True, factory=_Connection
            ),
            poolclass=QueuePool,
        )
    if is_sqlite(engine):
        event.listen(engine, "connect", _check_foreign_keys)
    return engine


def _patient(act: Callable[..., Any]) -> Callable[..., Any]:
    """Wait for another process's transaction in short steps, so that Ctrl-C ends the wait.

    SQLite's own wait, which returns to Python only at its end, is one step long.
    """

    @functools.wraps(act)
    def acted(*arguments: Any) -> Any:
        end = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                return act(*arguments)
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", 0)
                if code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(LOCK_STEP_S / 10)  # where waiting can't help, SQLite doesn't

    return acted


class _Cursor(sqlite3.Cursor):
    execute = _patient(sqlite3.Cursor.execute)


class _Connection(sqlite3.Connection):
    commit = _patient(sqlite3.Connection.commit)

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


def is_sqlite(engine: Engine) -> bool:
    """Whether a store is an SQLite database."""
    return engine.dialect.name == "sqlite"


def lock_for_writing(connection: Connection) -> None:
    """Begin a transaction that will write: others that write wait for its end.

    SQLite refuses at once, without waiting, a transaction that read before it writes while
    another one is writing.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def unusable(url: str, doing: str, why: str) -> StoreError:
    """Word why a store can't be used."""
    return StoreError(f"can't {doing} the store {url}: {why}; give another with --store")


def _check_foreign_keys(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
