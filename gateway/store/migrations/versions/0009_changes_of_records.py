"""What differs in each record's pair, by which repeated ones are found; of earlier records it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", sa.Column("changes", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("records", "changes")
