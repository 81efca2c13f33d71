"""Quotas of keys: what was a tenant's is an account's, and a job tells which key's quota it counts to."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("account", sa.String(length=64), nullable=True))
    for table in ("quotas", "usage"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN tenant TO account")


def downgrade() -> None:
    op.drop_column("jobs", "account")
    for table in ("quotas", "usage"):
        op.execute(f"DELETE FROM {table} WHERE account LIKE 'key:%'")  # noqa: S608  constants of this file
        op.execute(f"ALTER TABLE {table} RENAME COLUMN account TO tenant")
