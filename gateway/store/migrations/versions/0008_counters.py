"""Counters of datasets, and which pairs they include; none at first, so that the gateway counts all."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNCOUNTED = sa.text("NOT counted")


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("dataset", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "kind", "key"),
    )
    op.add_column("pairs", sa.Column("counted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_pairs_uncounted", "pairs", ["sequence"], sqlite_where=_UNCOUNTED, postgresql_where=_UNCOUNTED)


def downgrade() -> None:
    op.drop_index("ix_pairs_uncounted", "pairs")
    op.drop_column("pairs", "counted")
    op.drop_table("counts")
