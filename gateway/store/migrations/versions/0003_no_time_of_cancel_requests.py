"""Drop jobs.cancel_requested_at, which was written and never read."""

import sqlalchemy as sa
from alembic import op

import gateway.store.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("jobs", "cancel_requested_at")  # not in batch mode, which would copy a table that others refer to


def downgrade() -> None:
    kind = gateway.store.tables.UtcDateTime(timezone=True)
    op.add_column("jobs", sa.Column("cancel_requested_at", kind, nullable=True))
