"""A table of donors, and the lightness of images."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assets", sa.Column("lightness", sa.Double(), nullable=True))
    op.create_table(
        "donors",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("asset", sa.String(length=71), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("licence", sa.String(length=200), nullable=False),
        sa.Column("pixels", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("cut_off", sa.Boolean(), nullable=False),
        sa.Column("occluded", sa.Boolean(), nullable=True),
        sa.Column("outlined", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"]),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_donors_label", "donors", ["label", "id"])
    op.create_index("ix_donors_category", "donors", ["category", "id"])
    op.create_index("ix_donors_source", "donors", ["source", "sequence"])


def downgrade() -> None:
    op.drop_table("donors")
    op.drop_column("assets", "lightness")
