"""Changes of a SQLite table's definition that leave its rows as they are, as its documentation of ALTER TABLE does it.

To copy a table would take as long as it is large, and others refer to it.
"""

from collections.abc import Collection

import sqlalchemy as sa


def redefine(connection: sa.Connection, tables: Collection[str], old: str, new: str) -> None:
    """Replace a part of the definition of each table, which the stored rows must fit; raises where one lacks it."""
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    replace = sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :table")
    for table in tables:
        connection.execute(replace, {"old": old, "new": new, "table": table})
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))  # every connection reads the schema again
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
    defined = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
    left = sorted(name for name, sql in defined if name in tables and new not in sql)
    if left:
        raise RuntimeError(f"{', '.join(left)} could not be redefined: this SQLite does not let its schema be written")
