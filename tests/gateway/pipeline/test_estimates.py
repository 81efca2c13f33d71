"""Estimates follow how fast the last jobs went through, not the time in which nothing was asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.pipeline.estimates import Pace, estimated
from gateway.store import datasets, jobs
from gateway.store.engine import Database
from gateway.store.tables import JobRow
from gateway.store.views import view

START = datetime(2026, 1, 1, tzinfo=UTC)


def _add(database: Database, number: int, created: float, started: float | None, ended: float | None) -> None:
    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else START + timedelta(seconds=seconds)

    state = "queued" if started is None else "running" if ended is None else "succeeded"
    with database.writing() as session:
        datasets.ensure(session, "default")
        session.add(
            JobRow(
                id=f"job_{number:032x}", kind="difference-captions", state=state, dataset="default",
                request={"kind": "difference-captions", "options": {}}, created_at=at(created),
                started_at=at(started), finished_at=at(ended),
            )
        )  # fmt: skip


def _estimated(database: Database, number: int) -> tuple[int | None, float | None]:
    with database.reading() as session:
        row = jobs.find(session, f"job_{number:032x}")
        job = estimated(session, view(session, row), row)
        return job.queue_position, job.eta_seconds


def test_nothing_is_estimated_without_any_finished_job(database: Database) -> None:
    _add(database, 1, 0, None, None)

    assert _estimated(database, 1) == (0, None)
    with database.reading() as session:
        assert Pace.of(session).seconds_for(2) == 10


def test_the_pace_is_that_of_the_busy_time(database: Database) -> None:
    for number in range(5):  # five jobs of 2 s, one after the other, then a long rest, then one more
        _add(database, number, 0, 2 * number, 2 * number + 2)
    _add(database, 5, 1000, 1000, 1002)

    with database.reading() as session:
        pace = Pace.of(session)

    assert pace == Pace(pytest.approx(2), pytest.approx(2))


def test_a_queued_job_waits_for_those_ahead_of_it(database: Database) -> None:
    _add(database, 1, 0, 0, 4)
    _add(database, 2, 10, 10, None)
    for number in (3, 4):
        _add(database, number, 11, None, None)

    assert _estimated(database, 2) == (0, 4)
    assert _estimated(database, 3) == (0, 4)
    assert _estimated(database, 4) == (1, 8)
    assert _estimated(database, 1) == (None, None)
