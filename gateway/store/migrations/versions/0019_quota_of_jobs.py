"""A quota of jobs that have not ended; none at first, so that the setting holds."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quotas", sa.Column("unfinished_jobs", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("quotas", "unfinished_jobs")
