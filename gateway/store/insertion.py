"""Insert a row unless its key exists, in one statement, so that two writers cannot collide."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_new(session: Session, table: type[DeclarativeBase], values: dict[str, Any]) -> bool:
    """Whether the row was inserted; False when a row with its key exists."""
    key = inspect(table).primary_key
    match session.get_bind().dialect.name:
        case "sqlite":
            lite = sqlite.insert(table).values(**values).on_conflict_do_nothing()
            return session.execute(lite.returning(*key)).first() is not None
        case "postgresql":
            post = postgresql.insert(table).values(**values).on_conflict_do_nothing()
            return session.execute(post.returning(*key)).first() is not None
        case other:
            raise ValueError(f"unknown database {other!r}; known: sqlite, postgresql")
