"""Deaths of stages, apart from their attempts, and the quarantines that let suspects run alone."""

import sqlalchemy as sa
from alembic import op

import gateway.store.tables

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_AT = gateway.store.tables.UtcDateTime(timezone=True)
_NAMES = ("editing", "detection", "captioning")
_SUSPECTED = sa.text("suspected_at IS NOT NULL")


def upgrade() -> None:
    quarantines = op.create_table(
        "quarantines",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("shut_at", _AT, nullable=True),
        sa.Column("next_at", _AT, nullable=True),
        sa.Column("unexplained", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("probes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deaths", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.bulk_insert(quarantines, [{"name": name, "unexplained": [], "probes": 0, "deaths": 0} for name in _NAMES])
    for column in ("deaths", "deaths_alone"):
        op.add_column("stages", sa.Column(column, sa.Integer(), server_default="0", nullable=False))
    op.add_column("stages", sa.Column("suspected_at", _AT, nullable=True))
    op.create_index("ix_stages_suspected", "stages", ["name"], sqlite_where=_SUSPECTED, postgresql_where=_SUSPECTED)


def downgrade() -> None:
    op.drop_index("ix_stages_suspected", "stages")
    for column in ("suspected_at", "deaths_alone", "deaths"):
        op.drop_column("stages", column)
    op.drop_table("quarantines")
