"""SQLite gives no number of a deleted row to a new one, as PostgreSQL does not.

Copying the tables would take as long as they are large, and others refer to them. So only their definitions change, as
SQLite's documentation of ALTER TABLE does it where the stored rows stay as they are: AUTOINCREMENT changes how the next
number is found, and nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("jobs", "pairs", "records", "events", "donors", "batches")
_REUSED, _USED_ONCE = "PRIMARY KEY (sequence)", "PRIMARY KEY (sequence AUTOINCREMENT)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TABLE numbered (number INTEGER PRIMARY KEY AUTOINCREMENT)")  # with it comes sqlite_sequence
        op.execute("DROP TABLE numbered")
        _redefine(_REUSED, _USED_ONCE)
        for table in _TABLES:  # so that the newest row counts as given, too, if it is deleted before another comes
            op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608  constants, as below
            newest = f"SELECT '{table}', coalesce(max(sequence), 0) FROM {table}"  # noqa: S608
            op.execute(f"INSERT INTO sqlite_sequence (name, seq) {newest}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _redefine(_USED_ONCE, _REUSED)


def _redefine(old: str, new: str) -> None:
    """Replace a part of the definition of each table; raises where one does not have it."""
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    replace = sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :table")
    for table in _TABLES:
        connection.execute(replace, {"old": old, "new": new, "table": table})
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))  # every connection reads the schema again
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
    defined = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
    left = sorted(name for name, sql in defined if name in _TABLES and new not in sql)
    if left:
        raise RuntimeError(f"{', '.join(left)} could not be redefined: this SQLite does not let its schema be written")
