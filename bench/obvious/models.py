"""The record of a consultation as an ORM class, and a session that commits durably."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


class Base(DeclarativeBase):
    """All tables."""


class Consultation(Base):
    """Who asked about whom, when, under which flow, and how it ended."""

    __tablename__ = "consultation"
    id: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str] = mapped_column(index=True)
    flow: Mapped[str]
    ssin: Mapped[str] = mapped_column(index=True)
    case_reference: Mapped[str]
    end_user: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


def sessions(file: Path) -> sessionmaker[Session]:
    """Sessions over a SQLite file, as durable as those of fidus: write-ahead log, each commit synced."""
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=30000")

    Base.metadata.create_all(engine)
    return sessionmaker(engine)
