"""A stage for every pair and round."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}  # as PostgreSQL names them; SQLite gives them none
_OLD = ("job_id", "pair", "name")


_JOBS = sa.table("jobs", sa.column("id", sa.String), sa.column("request", sa.JSON))


def upgrade() -> None:
    _rewrite(lambda request: {**_without(request, "donor"), "donors": [one for one in (request.get("donor"),) if one]})
    with op.batch_alter_table("pairs") as pairs:
        pairs.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        pairs.add_column(sa.Column("tries", sa.JSON(), nullable=True))
    with op.batch_alter_table("stages", naming_convention=_NAMES) as stages:
        stages.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
        stages.drop_constraint(f"stages_{'_'.join(_OLD)}_key", type_="unique")
        stages.create_unique_constraint(f"stages_{'_'.join(_OLD)}_round_key", [*_OLD, "round"])


def downgrade() -> None:
    op.execute("DELETE FROM stages WHERE round > 0")
    _rewrite(_with_one_donor)
    with op.batch_alter_table("stages", naming_convention=_NAMES) as stages:
        stages.drop_constraint(f"stages_{'_'.join(_OLD)}_round_key", type_="unique")
        stages.create_unique_constraint(f"stages_{'_'.join(_OLD)}_key", list(_OLD))
        stages.drop_column("round")
    with op.batch_alter_table("pairs") as pairs:
        pairs.drop_column("tries")
        pairs.drop_column("round")


def _rewrite(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Every job's request in the shape of the other revision: one donor then, any number now."""
    connection = op.get_bind()
    for job, request in connection.execute(sa.select(_JOBS.c.id, _JOBS.c.request)).all():
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job).values(request=change(request)))


def _with_one_donor(request: dict[str, Any]) -> dict[str, Any]:
    donors = request.get("donors") or [None]
    return {**_without(request, "donors", "drawn_donors", "edits_in_flight"), "donor": donors[0]}


def _without(request: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name not in names}
