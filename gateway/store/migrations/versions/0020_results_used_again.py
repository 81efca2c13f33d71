"""Which stage has the result for a request, how often it was used, and which stages were answered from one."""

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "results",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index("ix_results_used", "results", ["used_at"])
    counts = [
        sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        for name in ("hits", "misses", "bypassed", "evicted")
    ]
    op.create_table(
        "result_counts",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        *counts,
        sa.PrimaryKeyConstraint("name", "tenant"),
    )
    op.add_column("stages", sa.Column("cached", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("stages", "cached")
    op.drop_table("result_counts")
    op.drop_table("results")
