"""The tables brought up to date; safe when several processes start at once.

A new revision after the tables have changed: `python -m gateway.store.migration "what is new"`.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from gateway.store.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x696D6764  # "imgd": the advisory lock all gateways of one database share


def migrate(database: Database) -> None:
    """Run every missing migration, in one transaction that only one process at a time can be in."""
    with database.writing_connection() as connection:
        _lock(database, connection)
        command.upgrade(_config(connection), "head")


def check(database: Database) -> None:
    """Raise unless the tables in the database are the ones in the code."""
    with database.writing_connection() as connection:
        command.check(_config(connection))


def _lock(database: Database, connection: Connection) -> None:
    if not database.is_sqlite:  # SQLite's BEGIN IMMEDIATE is the lock already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revise(message: str) -> None:
    """Write the revision that leads from the newest one to the tables in the code."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/revision.db")
        migrate(database)
        with database.writing_connection() as connection:
            command.revision(_config(connection), message, autogenerate=True)
        database.close()


if __name__ == "__main__":
    _revise(sys.argv[1])
