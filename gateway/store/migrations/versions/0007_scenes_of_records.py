"""Fingerprints of images, the scenes that they show, and the scene of each record."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RECORDS = sa.table(
    "records", sa.column("job_id", sa.String), sa.column("pair", sa.Integer), sa.column("scene", sa.String)
)
_PAIRS = sa.table(
    "pairs", sa.column("job_id", sa.String), sa.column("pair", sa.Integer), sa.column("image1", sa.String)
)


def upgrade() -> None:
    op.add_column("assets", sa.Column("fingerprint", sa.String(length=64), nullable=True))
    op.add_column("records", sa.Column("scene", sa.String(length=71), nullable=True))
    pair = (_PAIRS.c.job_id == _RECORDS.c.job_id) & (_PAIRS.c.pair == _RECORDS.c.pair)
    op.execute(sa.update(_RECORDS).values(scene=sa.select(_PAIRS.c.image1).where(pair).scalar_subquery()))
    op.create_index("ix_records_scene", "records", ["scene", "dataset", "sequence"])
    op.create_table(
        "fingerprints",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("scene", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_table(
        "fingerprint_bands",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "number"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("fingerprint_bands")
    op.drop_table("fingerprints")
    op.drop_index("ix_records_scene", "records")
    op.drop_column("records", "scene")
    op.drop_column("assets", "fingerprint")
