"""A stage for every pair and round."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}  # as PostgreSQL names them; SQLite gives them none
_OLD = ("job_id", "pair", "name")
_AT = gateway.store.tables.UtcDateTime(timezone=True)
_JOBS = sa.table(
    "jobs",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("state", sa.String),
    sa.column("request", sa.JSON),
    sa.column("finished_at", _AT),
    sa.column("error", sa.JSON),
)
_STAGES = sa.table(
    "stages",
    sa.column("job_id", sa.String),
    sa.column("state", sa.String),
    sa.column("token", sa.String),
    sa.column("lease_until", _AT),
    sa.column("finished_at", _AT),
)
_EVENTS = sa.table(
    "events",
    sa.column("sequence", sa.BigInteger),
    sa.column("job_id", sa.String),
    sa.column("type", sa.String),
    sa.column("document", sa.JSON),
    sa.column("created_at", _AT),
)
_OPEN = ("pending", "queued", "running")


def upgrade() -> None:
    _end_syntheses()
    _rewrite(_with_donors)
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


def _end_syntheses() -> None:
    """End unfinished syntheses: they have one editing stage for all pairs, which this version cannot continue."""
    connection, now = op.get_bind(), datetime.now(UTC)
    unfinished = sa.select(_JOBS.c.id).where(_JOBS.c.kind == "synthesis", _JOBS.c.state.in_(_OPEN))
    for job in connection.scalars(unfinished).all():
        error = {
            "type": "urn:imgdiff:problem:job-failed",
            "title": "The job did not succeed.",
            "status": 500,
            "detail": "the synthesis was started by an earlier version, which made pairs differently; submit it again",
            "instance": f"/v1/jobs/{job}",
            "errors": [],
        }
        ended = {"state": "failed", "finished_at": now, "error": error}
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job).values(ended))
        stopped = {"state": "cancelled", "token": None, "lease_until": None, "finished_at": now}
        still = (_STAGES.c.job_id == job, _STAGES.c.state.in_(_OPEN))
        connection.execute(sa.update(_STAGES).where(*still).values(stopped))
        _publish_end(job, ended)


def _publish_end(job: str, ended: dict[str, Any]) -> None:
    """Add the event that ends the job for its followers: its last one, with the final state."""
    connection, at = op.get_bind(), ended["finished_at"]
    last = sa.select(_EVENTS.c.document).where(_EVENTS.c.job_id == job).order_by(_EVENTS.c.sequence.desc()).limit(1)
    document = connection.scalar(last)
    if document is None:
        return
    final = {**document["job"], **ended, "finished_at": at.isoformat(), "queue_position": None, "eta_seconds": None}
    final["stages"] = [
        {**stage, "state": "cancelled"} if stage["state"] in _OPEN else stage for stage in document["job"]["stages"]
    ]
    event = {"job_id": job, "type": "state", "document": {"type": "state", "job": final}, "created_at": at}
    connection.execute(sa.insert(_EVENTS).values(event))


def _rewrite(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Convert every job's request between the revisions: one donor before, any number since."""
    connection = op.get_bind()
    for job, request in connection.execute(sa.select(_JOBS.c.id, _JOBS.c.request)).all():
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job).values(request=change(request)))


def _with_donors(request: dict[str, Any]) -> dict[str, Any]:
    donor = request.get("donor")
    return {**_without(request, "donor"), "donors": [donor] if donor else []}


def _with_one_donor(request: dict[str, Any]) -> dict[str, Any]:
    donors = request.get("donors") or [None]
    return {**_without(request, "donors", "drawn_donors", "edits_in_flight"), "donor": donors[0]}


def _without(request: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name not in names}
