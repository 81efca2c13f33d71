"""Statements that run for every job: built once, since building one takes ten times as long as running it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Executable, Result, Table
from sqlalchemy.orm import DeclarativeBase, Session


def table_of(row: type[DeclarativeBase]) -> Table:
    """The table of a row type."""
    return cast("Table", row.__table__)


def execute(
    session: Session, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> Result[*tuple[Any, ...]]:
    """Run a statement on tables, after what the session still has to write."""
    session.flush()
    return session.execute(statement, values)
