"""Insert a row unless its key exists, in one statement, so that two writers cannot collide."""

from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_new(session: Session, table: type[DeclarativeBase], values: dict[str, Any]) -> bool:
    """Whether the row was inserted; False when a row with its key exists."""
    session.flush()
    return session.execute(_statement(session.get_bind().dialect.name, table), values).first() is not None


@cache
def _statement(dialect: str, table: type[DeclarativeBase]) -> Executable:
    mapper = inspect(table)
    rows, key = cast("Table", mapper.local_table), mapper.primary_key
    match dialect:
        case "sqlite":
            return sqlite.insert(rows).on_conflict_do_nothing().returning(*key)
        case "postgresql":
            return postgresql.insert(rows).on_conflict_do_nothing().returning(*key)
        case other:
            raise ValueError(f"unknown database {other!r}; known: sqlite, postgresql")
