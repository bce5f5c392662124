"""The store: every run is kept in a database, SQLite unless an address says otherwise."""

import json
import os
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Float, String, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from zbench.errors import StoreError, UnknownNameError
from zbench.reports.model import ProcessValues, Result, Run

VERSION = 1  # 1: runs with their results as JSON


class Base(DeclarativeBase):
    """The tables' common base."""


class VersionRow(Base):
    """One row: the version of the schema."""

    __tablename__ = "zbench_schema"
    version: Mapped[int] = mapped_column(primary_key=True)


class RunRow(Base):
    """A run; its results are kept as one document."""

    __tablename__ = "zbench_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str | None] = mapped_column(String(200), index=True)
    started: Mapped[str] = mapped_column(String(40))
    duration_s: Mapped[float] = mapped_column(Float)
    complete: Mapped[bool] = mapped_column(Boolean)
    host: Mapped[dict[str, Any]] = mapped_column(JSON)
    results: Mapped[list[Any]] = mapped_column(JSON)


def default_url() -> str:
    """$ZBENCH_STORE, else a file in the user's data folder."""
    given = os.environ.get("ZBENCH_STORE")
    if given:
        return given
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return str(data / "zbench" / "results.db")


class Store:
    """Runs in a database.

    Args:
        url: an SQLAlchemy address, or the path of an SQLite file; None for the default.

    Raises:
        StoreError: if it can't be opened, or a newer zbench made it.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url or default_url()
        address = self.url
        try:
            if "://" not in address:
                Path(address).parent.mkdir(parents=True, exist_ok=True)
                address = f"sqlite:///{address}"
            self._engine = create_engine(address)
            Base.metadata.create_all(self._engine)
            self._check_version()
        except (OSError, SQLAlchemyError, ImportError) as error:
            raise StoreError(_cannot("open", self.url, error)) from error

    def _check_version(self) -> None:
        with Session(self._engine) as session:
            found = session.scalars(select(VersionRow.version)).first()
            if found is None:
                session.add(VersionRow(version=VERSION))
                session.commit()
            elif found > VERSION:
                msg = (
                    f"store {self.url} has version {found}, this zbench knows up to {VERSION}; "
                    "update zbench or give another --store"
                )
                raise StoreError(msg)

    def save(self, run: Run) -> Run:
        """Keep a run; the same run with its number.

        Raises:
            StoreError: if it can't be written; the message names the file that has the
                run instead.
        """
        fields = asdict(run)
        del fields["id"]
        try:
            with Session(self._engine) as session:
                row = RunRow(**json.loads(json.dumps(fields)))
                session.add(row)
                session.commit()
                return replace(run, id=row.id)
        except (OSError, SQLAlchemyError) as error:
            rescued = _rescue(run)
            msg = f"{_cannot('write', self.url, error)}; the run is kept in {rescued}"
            raise StoreError(msg) from error

    def runs(self, limit: int = 20) -> list[Run]:
        """The newest runs, newest first."""
        with Session(self._engine) as session:
            rows = session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(limit))
            return [_run(row) for row in rows]

    def get(self, reference: str) -> Run:
        """A run by its number, its label (the newest that has it), or "latest".

        Raises:
            UnknownNameError: if there is none.
        """
        query = select(RunRow).order_by(RunRow.id.desc())
        if reference.isdigit():
            query = query.where(RunRow.id == int(reference))
        elif reference != "latest":
            query = query.where(RunRow.label == reference)
        with Session(self._engine) as session:
            row = session.scalars(query.limit(1)).first()
            if row is None:
                msg = f"no run {reference!r} in {self.url}; see `zbench runs`"
                raise UnknownNameError(msg)
            return _run(row)


def _run(row: RunRow) -> Run:
    return Run(
        row.id, row.label, row.started, row.duration_s, row.complete, row.host,
        [result_from(r) for r in row.results],
    )


def result_from(fields: dict[str, Any]) -> Result:
    """A result from its JSON form."""
    ci95 = fields["ci95"]
    return Result(
        **{
            **fields,
            "ci95": tuple(ci95) if ci95 else None,
            "processes": [ProcessValues(**p) for p in fields["processes"]],
            "latency_counts": [(bound, count) for bound, count in fields["latency_counts"]],
        }
    )


def run_from_json(text: str) -> Run:
    """A run from ``export --format json`` or from a rescue file."""
    fields = json.loads(text)
    return Run(**{**fields, "results": [result_from(r) for r in fields["results"]]})


def _rescue(run: Run) -> str:
    """Write a run that the store refused to a file; where."""
    text = json.dumps(asdict(run))
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / f"zbench-run-{run.started.replace(':', '')}.json"
        try:
            path.write_text(text)
        except OSError:
            continue
        return str(path)
    return "no file either: no folder could be written"


def _cannot(do: str, url: str, error: Exception) -> str:
    """One line on a store that can't be used."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return f"can't {do} store {url}: {reason}; give another with --store or $ZBENCH_STORE"
