"""Keep runs in a database: SQLite by default, anything SQLAlchemy reaches by address.

Schema versions: 1, the first.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from typing import Any, Self

from sqlalchemy import JSON, ForeignKey, create_engine, event, inspect, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from zbench.errors import StoreError, UnknownNameError, nearest
from zbench.reports.model import Run
from zbench.store.json_codec import read_run, result_from_dict, result_to_dict, run_to_dict

SCHEMA = 1
LATEST = "latest"


class Base(DeclarativeBase):
    """Base of the tables."""


class SchemaRow(Base):
    """The single row with the version of the tables' schema."""

    __tablename__ = "zbench_schema"
    version: Mapped[int] = mapped_column(primary_key=True)


class RunRow(Base):
    """One call of ``zbench run``."""

    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str | None] = mapped_column(index=True)
    started: Mapped[str]
    duration_s: Mapped[float]
    complete: Mapped[bool]
    host: Mapped[dict[str, Any]] = mapped_column(JSON)
    results: Mapped[list["ResultRow"]] = relationship(
        cascade="all, delete-orphan", order_by="ResultRow.position"
    )


class ResultRow(Base):
    """One scenario at one set of parameters; ``body`` is the whole result."""

    __tablename__ = "results"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    scenario: Mapped[str] = mapped_column(index=True)
    ok: Mapped[bool]
    ns_per_message: Mapped[float | None]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


def default_url() -> str:
    """Return the default address of results: $ZBENCH_STORE, or in the user's data folder."""
    chosen = os.environ.get("ZBENCH_STORE")
    if chosen:
        return chosen
    if os.environ.get("XDG_DATA_HOME"):
        base = Path(os.environ["XDG_DATA_HOME"])
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path.home() / ".local" / "share"
    return str(base / "zbench" / "results.db")


class Store:
    """All runs kept at one address."""

    def __init__(self, url: str | None = None) -> None:
        """Open a store, creating it if need be.

        Args:
            url: A database address or a plain path, taken as SQLite.

        Raises:
            StoreError: It can't be opened or written, or is of a newer zbench.
        """
        where = url or default_url()
        if "://" not in where:
            where = f"sqlite:///{Path(where).expanduser().resolve()}"
        self.url = _without_password(where)
        if where.startswith("sqlite:///"):
            self._make_folder(Path(where.removeprefix("sqlite:///")))
        with self._reporting("open"):
            self._engine = create_engine(where)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _wait_for_others)
            self._check_schema(self._engine)

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
            rows = session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(limit))
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
            query = query.where(RunRow.id == int(text))
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

    def _make_folder(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._error("create", error.strerror or str(error)) from None
        if path.is_dir():
            raise self._error("open", "it is a folder")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise self._error("write to", "permission denied")

    def _check_schema(self, engine: Engine) -> None:
        if not inspect(engine).has_table(SchemaRow.__tablename__):
            Base.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            found = session.scalar(select(SchemaRow.version))
            if found is None:
                session.add(SchemaRow(version=SCHEMA))
            elif found > SCHEMA:
                msg = (
                    f"{self.url} was written by a newer zbench (schema {found}, this one knows "
                    f"{SCHEMA}); upgrade zbench or give another --store"
                )
                raise StoreError(msg)

    @contextmanager
    def _reporting(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, ImportError) as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            if isinstance(error, ModuleNotFoundError):
                cause += " (`pip install 'zbench[postgresql]'` has PostgreSQL's driver)"
            raise self._error(doing, cause) from error

    def _error(self, doing: str, why: str) -> StoreError:
        return StoreError(f"can't {doing} the store {self.url}: {why}; give another with --store")


def check_label(label: str | None) -> None:
    """Refuse a label that reads as a number, a file or "latest".

    Raises:
        StoreError: It is empty, a number, "latest" or looks like a file.
    """
    if label is None:
        return
    if not label.strip() or label.isdecimal() or label == LATEST or label.endswith(".json"):
        msg = f"a label must be a word, not a number, file or {LATEST!r}, got {label!r}; try main"
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


def _without_password(url: str) -> str:
    """The address for messages, without its password: many people read logs."""
    try:
        return make_url(url).render_as_string()
    except (SQLAlchemyError, ValueError):
        scheme = url.partition("://")[0]
        msg = (
            f"can't open the store {scheme}://...: that isn't a database address; give "
            f"--store a path or {scheme}://user@host:port/database"
        )
        raise StoreError(msg) from None


def _wait_for_others(connection: Any, _record: object) -> None:
    """Let two runs that save at the same moment wait for each other."""
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA foreign_keys = ON")


def _to_run(row: RunRow) -> Run:
    return Run(
        id=row.id,
        label=row.label,
        started=row.started,
        duration_s=row.duration_s,
        complete=row.complete,
        host=row.host,
        results=[result_from_dict(result.body) for result in row.results],
    )
