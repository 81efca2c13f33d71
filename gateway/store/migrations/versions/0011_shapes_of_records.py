"""Which fields the document of each record has; of earlier records it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", sa.Column("shape", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("records", "shape")
