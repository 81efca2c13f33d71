"""Migrate the tables to the current version; safe when several processes start at the same time.

To add a revision after a change of the tables: `python -m gateway.store.migration "what is new"`.
"""

import sys
import tempfile
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.store.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x696D6764  # "imgd": the advisory lock that all gateways of one database share


def migrate(database: Database) -> None:
    """Run every missing migration in one transaction, one process at a time."""
    with database.writing_connection() as connection:
        _lock(database, connection)
        if MigrationContext.configure(connection).get_current_revision() != _newest():
            command.upgrade(alembic_config(connection), "head")


@cache
def _newest() -> str | None:
    """Once for a process: to read the scripts takes longer than to open a gateway otherwise does."""
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def check(database: Database) -> None:
    """Raise unless the database has the tables of the code."""
    with database.writing_connection() as connection:
        command.check(alembic_config(connection))


def _lock(database: Database, connection: Connection) -> None:
    if not database.is_sqlite:  # SQLite's BEGIN IMMEDIATE is the lock already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def alembic_config(connection: Connection) -> Config:
    """The configuration of Alembic's commands, which run in this connection."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revise(message: str) -> None:
    """Write the revision that leads from the newest one to the tables of the code."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/revision.db")
        migrate(database)
        with database.writing_connection() as connection:
            command.revision(alembic_config(connection), message, autogenerate=True)
        database.close()


if __name__ == "__main__":
    _revise(sys.argv[1])
