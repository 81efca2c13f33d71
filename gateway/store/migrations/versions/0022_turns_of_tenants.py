"""Lanes and costs of jobs and stages, the rings of tenants that take turns, and what says when a job will begin."""

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 'queued' AND enqueued_at IS NOT NULL AND suspected_at IS NULL")
_COLUMNS = {"lane": "0", "cost": "1"}
_NAMES = ("editing", "detection", "captioning")
_QUEUED, _ENDED = sa.text("state = 'queued'"), sa.text("finished_at IS NOT NULL")
_OF_JOBS = {
    "ix_jobs_queued": (["lane", "tenant", "sequence", "pairs"], _QUEUED),
    "ix_jobs_start_by": (["start_by"], sa.text("start_by IS NOT NULL")),
    "ix_jobs_ended": (["finished_at"], _ENDED),
    "ix_jobs_tenant_ended": (["tenant", "finished_at"], _ENDED),
}


def upgrade() -> None:
    for table in ("jobs", "stages"):
        for column, default in _COLUMNS.items():
            op.add_column(table, sa.Column(column, sa.Integer(), server_default=default, nullable=False))
    op.add_column("jobs", sa.Column("pairs", sa.Integer(), server_default="1", nullable=False))
    op.add_column("jobs", sa.Column("start_by", UtcDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE jobs SET pairs = (SELECT count(*) FROM pairs WHERE pairs.job_id = jobs.id) WHERE kind = 'synthesis'"
    )
    for index, (columns, condition) in _OF_JOBS.items():
        op.create_index(index, "jobs", columns, sqlite_where=condition, postgresql_where=condition)
    op.add_column("stages", sa.Column("tenant", sa.String(64), server_default="default", nullable=False))
    op.execute(
        "UPDATE stages SET tenant = (SELECT tenant FROM jobs WHERE jobs.id = stages.job_id) "
        "WHERE state IN ('queued', 'running')"  # nothing reads it of the others
    )
    waiting = ["name", "lane", "tenant", "due_at"]
    op.create_index("ix_stages_waiting", "stages", waiting, sqlite_where=_WAITS, postgresql_where=_WAITS)
    rings = op.create_table(
        "rings",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("passed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turns", sa.JSON(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.bulk_insert(rings, [{"name": name, "passed": 0, "turns": {}} for name in _NAMES])


def downgrade() -> None:
    op.drop_table("rings")
    op.drop_index("ix_stages_waiting", "stages")
    op.drop_column("stages", "tenant")
    for index in _OF_JOBS:
        op.drop_index(index, "jobs")
    op.drop_column("jobs", "start_by")
    op.drop_column("jobs", "pairs")
    for table in ("jobs", "stages"):
        for column in _COLUMNS:
            op.drop_column(table, column)
