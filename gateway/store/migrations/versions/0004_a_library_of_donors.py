"""A table of donors, and the lightness of images."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JOBS = sa.table("jobs", sa.column("id", sa.String), sa.column("kind", sa.String), sa.column("request", sa.JSON))
_NEW_FIELDS = {"target_mask", "target_box", "donors_from", "donor_licences"}


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
    connection = op.get_bind()
    jobs = connection.execute(sa.select(_JOBS.c.id, _JOBS.c.request).where(_JOBS.c.kind == "synthesis"))
    for job, request in jobs.all():
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job).values(request=_without_objects(request)))
    op.drop_table("donors")
    op.drop_column("assets", "lightness")


def _without_objects(request: dict[str, Any]) -> dict[str, Any]:
    """The request as revision 0003 reads it: donors are whole photos, and no object of the photo is marked."""
    fields = request.get("fields")
    kept = fields and {name: value for name, value in fields.items() if name not in _NEW_FIELDS}
    donors = (one if isinstance(one, str) else one["asset"] for one in request.get("donors") or ())
    return {**request, "fields": kept, "donors": list(dict.fromkeys(donors))}
