"""Rows of dead letters: stages that were given up although nothing was wrong with their request.

Each belongs to a tenant and is there until it is discarded or its job is deleted.
"""

import uuid
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from gateway.store.database import Session
from gateway.store.isolation.tables import DeadLetterRow
from gateway.store.values import Stage, StoredJob
from imgdiff.errors import NotFound
from imgdiff.jobs import DeadLetter, JobKind, StageName
from imgdiff.problems import Problem


def add(session: Session, job: StoredJob, stage: Stage, error: Problem) -> None:
    """Keep a stage that was given up."""
    session.add(
        DeadLetterRow(
            id=f"dlt_{uuid.uuid4().hex}",
            tenant=job.request.tenant,
            job=job.id,
            kind=job.kind.value,
            stage=stage.name.value,
            pair=stage.pair,
            attempts=stage.attempts,
            deaths=stage.deaths,
            error=error.model_dump(mode="json"),
            created_at=datetime.now(UTC),
        )
    )


def find(session: Session, tenant: str, letter_id: str, *, lock: bool = False) -> DeadLetter:
    """One dead letter; raises NotFound."""
    return _value(_row(session, tenant, letter_id, lock=lock))


def before(session: Session, tenant: str, sequence: int | None, limit: int) -> list[tuple[int, DeadLetter]]:
    """Up to `limit` dead letters older than `sequence`, newest first, with their sequences."""
    found = select(DeadLetterRow).where(DeadLetterRow.tenant == tenant).order_by(DeadLetterRow.sequence.desc())
    if sequence is not None:
        found = found.where(DeadLetterRow.sequence < sequence)
    return [(row.sequence, _value(row)) for row in session.scalars(found.limit(limit))]


def note_replay(session: Session, tenant: str, letter_id: str, job_id: str) -> None:
    """Note the job that does the work again."""
    row = _row(session, tenant, letter_id)
    row.replayed_as, row.replayed_at = job_id, datetime.now(UTC)


def discard(session: Session, tenant: str, letter_id: str) -> None:
    """Delete a dead letter; raises NotFound."""
    session.delete(_row(session, tenant, letter_id))


def forget_jobs(session: Session, job_ids: list[str]) -> None:
    """Delete the dead letters of jobs that are deleted."""
    session.execute(delete(DeadLetterRow).where(DeadLetterRow.job.in_(job_ids)))


def count(session: Session) -> dict[StageName, int]:
    """How many of each stage were not replayed."""
    waiting = select(DeadLetterRow.stage, func.count()).where(DeadLetterRow.replayed_as.is_(None))
    return {StageName(name): int(number) for name, number in session.execute(waiting.group_by(DeadLetterRow.stage))}


def _row(session: Session, tenant: str, letter_id: str, *, lock: bool = False) -> DeadLetterRow:
    wanted = select(DeadLetterRow).where(DeadLetterRow.id == letter_id, DeadLetterRow.tenant == tenant)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound(f"there is no dead letter {letter_id!r}")
    return row


def _value(row: DeadLetterRow) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        job=row.job,
        kind=JobKind(row.kind),
        stage=StageName(row.stage),
        pair=row.pair,
        attempts=row.attempts,
        deaths=row.deaths,
        error=Problem.model_validate(row.error),
        created_at=row.created_at,
        replayed_as=row.replayed_as,
        replayed_at=row.replayed_at,
    )
