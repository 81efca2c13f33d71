"""A stage for every pair and round."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}  # as PostgreSQL names them; SQLite gives them none
_OLD = ("job_id", "pair", "name")


def upgrade() -> None:
    with op.batch_alter_table("pairs") as pairs:
        pairs.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        pairs.add_column(sa.Column("tries", sa.JSON(), nullable=True))
    with op.batch_alter_table("stages", naming_convention=_NAMES) as stages:
        stages.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        stages.drop_constraint(f"stages_{'_'.join(_OLD)}_key", type_="unique")
        stages.create_unique_constraint(f"stages_{'_'.join(_OLD)}_round_key", [*_OLD, "round"])


def downgrade() -> None:
    with op.batch_alter_table("stages", naming_convention=_NAMES) as stages:
        stages.drop_constraint(f"stages_{'_'.join(_OLD)}_round_key", type_="unique")
        stages.create_unique_constraint(f"stages_{'_'.join(_OLD)}_key", list(_OLD))
        stages.drop_column("round")
    with op.batch_alter_table("pairs") as pairs:
        pairs.drop_column("tries")
        pairs.drop_column("round")
