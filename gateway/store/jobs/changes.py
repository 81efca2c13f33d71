"""What a transaction has changed of a job since its last event, for the next one to hold.

Whoever changes a stage or a pair notes it here; the transaction that publishes an event takes what was noted.
"""

from typing import Any

from sqlalchemy.orm import Session

_KEY = "imgdiff.changes"


def note(session: Session, job_id: str, kind: str, place: object, row: Any) -> None:
    """What is at a place of a job, among its `stages` or its `pairs`, from now on."""
    _of_session(session).setdefault(job_id, {}).setdefault(kind, {})[place] = row


def take(session: Session, job_id: str) -> dict[str, list[Any]]:
    """What was noted of a job since it was last taken: the last at each place, by kind."""
    noted = _of_session(session).pop(job_id, {})
    return {kind: list(rows.values()) for kind, rows in noted.items()}


def _of_session(session: Session) -> dict[str, dict[str, dict[object, Any]]]:
    found: dict[str, dict[str, dict[object, Any]]] = session.info.setdefault(_KEY, {})
    return found
