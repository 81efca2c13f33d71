"""SQLite gives no number of a deleted row to a new one, as PostgreSQL does not.

Copying the tables would take as long as they are large, and others refer to them. So only their definitions change, as
SQLite's documentation of ALTER TABLE does it where the stored rows stay as they are: AUTOINCREMENT changes how the next
number is found, and nothing else.
"""

from alembic import op

from gateway.store.redefinition import redefine

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
        redefine(op.get_bind(), _TABLES, _REUSED, _USED_ONCE)
        for table in _TABLES:  # so that the newest row counts as given, too, if it is deleted before another comes
            op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608  constants, as below
            newest = f"SELECT '{table}', coalesce(max(sequence), 0) FROM {table}"  # noqa: S608
            op.execute(f"INSERT INTO sqlite_sequence (name, seq) {newest}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        redefine(op.get_bind(), _TABLES, _USED_ONCE, _REUSED)
