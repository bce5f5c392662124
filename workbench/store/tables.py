"""Tables of a store.

Schema versions: 1, the first.
"""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SCHEMA = 1


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


OWN_TABLES = frozenset(Base.metadata.tables)
