"""Keep runs in a database: SQLite by default, anything SQLAlchemy reaches by address."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from typing import Self

from sqlalchemy import URL, insert, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from zbench.errors import StoreError, UnknownNameError, nearest
from zbench.reports.model import Run
from zbench.reports.wording import plain
from zbench.store.address import (
    is_sqlite,
    is_usable,
    lock_for_writing,
    open_engine,
    parse_address,
    sqlite_file,
    unusable,
)
from zbench.store.json_codec import (
    check_run,
    read_run,
    result_from_dict,
    result_to_dict,
    run_to_dict,
)
from zbench.store.tables import OWN_TABLES, SCHEMA, Base, ResultRow, RunRow, SchemaRow

LATEST = "latest"
GREATEST_ID = 2**63 - 1
MOST_DIGITS = 19
LONGEST_LABEL = 200


# What reading and writing raises on a database that isn't as it should be.
DAMAGED = (
    SQLAlchemyError,
    ImportError,
    OSError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)


class Store:
    """All runs kept at one address."""

    def __init__(self, url: str | Path | None = None, *, read_only: bool = False) -> None:
        """Open a store, creating it if need be.

        Args:
            url: A database address or a path, taken as SQLite whatever its characters.
            read_only: Create and change nothing: a store that may only be read will do, and
                one that doesn't exist yet holds no runs.

        Raises:
            StoreError: It can't be opened or written, is of a newer zbench or of another
                program.
        """
        address, self.url = parse_address(url)
        with self._reporting("open"):
            path = sqlite_file(address)
            if path is not None and not is_usable(path, self.url, read_only):
                address = URL.create("sqlite")  # in memory, and empty
            self._engine = open_engine(address, path)
        try:
            with self._reporting("open"):
                if read_only and path is not None and address.database is not None:
                    self._check_schema()
                else:
                    self._create_schema()
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the connections back."""
        self.close()

    def save(self, run: Run) -> int:
        """Keep a run: as a new one if its id is 0, else in place of its earlier state.

        Returns:
            The run's number.

        Raises:
            StoreError: It couldn't be written; the message names the JSON file that holds
                the run instead.
        """
        check_label(run.label)
        try:
            with self._reporting("write to"):
                return self._save(run)
        except StoreError as error:
            path = write_aside(run)
            msg = f"{error}; nothing is lost: the run is in {path} (`zbench show {path}`)"
            raise StoreError(msg) from error

    def runs(self, limit: int | None = None) -> list[Run]:
        """Return the newest runs, newest first."""
        with self._reporting("read"), Session(self._engine) as session:
            most = None if limit is None else min(limit, GREATEST_ID)
            rows = session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(most))
            return [_to_run(row) for row in rows]

    def get(self, ref: str | int) -> Run:
        """Return one run.

        Args:
            ref: Its number, its label (the newest of that label), "latest", or the path
                of a JSON file that zbench wrote.

        Raises:
            UnknownNameError: There is no such run.
        """
        text = str(ref)
        if text.endswith(".json"):
            return read_run(Path(text))
        query = select(RunRow).order_by(RunRow.id.desc()).limit(1)
        if text.isdecimal():
            # No run has a greater number than a database can express.
            number = int(text) if len(text) <= MOST_DIGITS else 0
            query = query.where(RunRow.id == (number if number <= GREATEST_ID else 0))
        elif text != LATEST:
            query = query.where(RunRow.label == text)
        with self._reporting("read"), Session(self._engine) as session:
            row = session.scalar(query)
            if row is not None:
                return _to_run(row)
            labels = {label for label in session.scalars(select(RunRow.label)) if label}
        if text == LATEST:
            msg = f"no run is kept in {self.url} yet; start with `zbench run ping-pong`"
        else:
            msg = f"no run {text!r} in {self.url}; {nearest(text, labels, 'see `zbench runs`')}"
        raise UnknownNameError(msg)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _save(self, run: Run) -> int:
        with Session(self._engine) as session, session.begin():
            lock_for_writing(session.connection())
            row = session.get(RunRow, run.id) if run.id else None
            if row is None:
                row = RunRow()
                session.add(row)
            row.label, row.started, row.duration_s = run.label, run.started, run.duration_s
            row.complete, row.host = run.complete, run.host
            row.results = [
                ResultRow(
                    position=position,
                    scenario=result.scenario,
                    ok=result.ok,
                    ns_per_message=result.ns_per_message,
                    body=result_to_dict(result, counts=True),
                )
                for position, result in enumerate(run.results)
            ]
            session.flush()
            return row.id

    def _create_schema(self) -> None:
        """Create the tables that are missing, unless another process is doing so."""
        with self._engine.begin() as connection:
            lock_for_writing(connection)
            found = self._found_tables(connection)
            if not found >= OWN_TABLES:
                Base.metadata.create_all(connection)
            if SchemaRow.__tablename__ not in found or not self._version_is_known(connection):
                connection.execute(insert(SchemaRow).values(version=SCHEMA))

    def _check_schema(self) -> None:
        """See that a file holds a store, by reading it only."""
        with self._engine.connect() as connection:
            if SchemaRow.__tablename__ in self._found_tables(connection):
                self._version_is_known(connection)

    def _found_tables(self, connection: Connection) -> set[str]:
        """Names of the tables in the database.

        Raises:
            StoreError: It is an SQLite file of another program.
        """
        found = set(inspect(connection).get_table_names())
        others = found - OWN_TABLES
        if others and SchemaRow.__tablename__ not in found and is_sqlite(self._engine):
            msg = f"it is another program's database, with a table {min(others)}"
            raise self._error("use", msg)
        return found

    def _version_is_known(self, connection: Connection) -> bool:
        """Whether the schema's version is stored.

        Raises:
            StoreError: It is greater than this program's.
        """
        found = connection.scalar(select(SchemaRow.version))
        if found is not None and not isinstance(found, int):
            raise self._error("use", f"its schema's version is {found!r}, not a number")
        if found is not None and found > SCHEMA:
            msg = (
                f"{self.url} was written by a newer zbench (schema {found}, this one knows "
                f"{SCHEMA}); upgrade zbench or give another --store"
            )
            raise StoreError(msg)
        return found is not None

    @contextmanager
    def _reporting(self, doing: str) -> Iterator[None]:
        try:
            yield
        except DAMAGED as error:
            cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
            if isinstance(error, ModuleNotFoundError) and self.url.startswith("postgresql"):
                cause += " (`pip install 'zbench[postgresql]'` has PostgreSQL's driver)"
            raise self._error(doing, cause) from error

    def _error(self, doing: str, why: str) -> StoreError:
        return unusable(self.url, doing, why)


def check_label(label: str | None) -> None:
    """Refuse a label that reads as a number, a file or "latest", or can't be shown.

    Raises:
        StoreError: It is empty, a number, "latest", looks like a file, is very long or holds
            line breaks, escapes or bytes that aren't UTF-8.
    """
    if label is None:
        return
    if not label.strip() or label.isdecimal() or label == LATEST or label.endswith(".json"):
        msg = f"a label must be a word, not a number, file or {LATEST!r}, got {label!r}; try main"
        raise StoreError(msg)
    if plain(label) != label or len(label) > LONGEST_LABEL:
        shown = label if len(label) <= LONGEST_LABEL else f"one of {len(label)}"
        msg = (
            f"a label must be at most {LONGEST_LABEL} characters that can be shown on one line, "
            f"got {shown!r}; try main"
        )
        raise StoreError(msg)


def write_aside(run: Run) -> Path:
    """Write a run that the store refused to a JSON file, here or in the temporary folder."""
    text = dumps(run_to_dict(run))
    name = f"zbench-run-{run.started.replace(':', '').replace('+0000', 'Z')}-{os.getpid()}.json"
    folders = [Path.cwd(), Path(tempfile.gettempdir()), Path.home()]
    for folder in folders:
        path = folder / name
        try:
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    msg = f"the store and {', '.join(map(str, folders))} are all not writable; free some space"
    raise StoreError(msg)


def _to_run(row: RunRow) -> Run:
    run = Run(
        id=row.id,
        label=row.label,
        started=row.started,
        duration_s=row.duration_s,
        complete=row.complete,
        host=row.host,
        results=[result_from_dict(result.body) for result in row.results],
    )
    check_run(run)
    return run
