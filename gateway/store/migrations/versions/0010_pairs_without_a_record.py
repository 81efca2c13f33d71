"""Pairs without a record are counted by reason; all pairs are counted anew, so that earlier ones are among them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM counts")
    op.execute("UPDATE pairs SET counted = false WHERE counted")


def downgrade() -> None:
    op.execute("DELETE FROM counts WHERE kind = 'rejected'")
