"""Estimates follow the pace of recent jobs; idle time does not count."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from gateway.pipeline.estimates import Pace, describe
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs, stages
from gateway.store.tables import JobRow, PairRow, StageRow
from imgdiff.jobs import StageName

START = datetime(2026, 1, 1, tzinfo=UTC)


def _add(
    database: Database, number: int, created: float, started: float | None, ended: float | None, pairs: int = 0
) -> None:
    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else START + timedelta(seconds=seconds)

    state = "queued" if started is None else "running" if ended is None else "succeeded"
    kind = "synthesis" if pairs else "difference-captions"
    fields = {"fields": {"operation": "remove", "count": pairs}} if pairs else {}
    with database.writing() as session:
        datasets.ensure(session, "default")
        session.add(
            JobRow(
                id=f"job_{number:032x}",
                kind=kind,
                state=state,
                dataset="default",
                request={"kind": kind, "options": {}, **fields},
                created_at=at(created),
                started_at=at(started),
                finished_at=at(ended),
            )
        )
        session.flush()
        session.add_all(PairRow(job_id=f"job_{number:032x}", pair=pair, round=0) for pair in range(pairs or 1))


def _estimate(database: Database, number: int) -> tuple[int | None, float | None]:
    with database.reading() as session:
        job = describe(session, jobs.find(session, f"job_{number:032x}"))
        return job.queue_position, job.eta_seconds


def test_nothing_is_estimated_without_any_finished_job(database: Database) -> None:
    _add(database, 1, 0, None, None)

    assert _estimate(database, 1) == (0, None)
    with database.reading() as session:
        assert Pace.of(session).seconds_for(2) == 10


def test_the_pace_is_that_of_the_busy_time(database: Database) -> None:
    for number in range(5):  # five jobs of 2 s, one after the other, then a long pause, then one more
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

    assert _estimate(database, 2) == (0, 4)
    assert _estimate(database, 3) == (0, 4)
    assert _estimate(database, 4) == (1, 8)
    assert _estimate(database, 1) == (None, None)


def test_a_synthesis_counts_as_many_times_as_it_has_pairs(database: Database) -> None:
    _add(database, 1, 0, 0, 40, pairs=8)
    _add(database, 2, 50, None, None, pairs=64)
    _add(database, 3, 50, None, None)

    assert _estimate(database, 2) == (0, 320)
    assert _estimate(database, 3) == (1, 325)


def test_no_request_of_another_job_is_read(database: Database) -> None:
    _add(database, 1, 0, 0, 4)
    for number in (2, 3, 4):
        _add(database, number, 11, None, None, pairs=3)
    statements: list[str] = []

    with database.reading() as session:
        job = jobs.find(session, f"job_{4:032x}")
        event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        assert describe(session, job).eta_seconds == 2 * 3 * 4 + 3 * 4

    assert statements
    assert [statement for statement in statements if "request" in statement] == []


def test_the_other_kind_of_job_does_not_set_the_pace(database: Database) -> None:
    _add(database, 1, 0, 0, 1)
    _add(database, 2, 2, 2, 12, pairs=2)
    _add(database, 3, 20, None, None, pairs=4)

    assert _estimate(database, 3) == (0, 20)


def test_a_running_synthesis_is_estimated_by_its_slowest_stage(database: Database) -> None:
    _add(database, 1, 0, 0, None, pairs=10)
    with database.writing() as session:
        session.execute(update(JobRow).values(started_at=datetime.now(UTC) - timedelta(seconds=200)))
        for name, done in (("editing", 8), ("detection", 5), ("captioning", 4)):
            for pair in range(done):
                stages.add(session, f"job_{1:032x}", pair, StageName(name))
        session.flush()
        for stage in session.scalars(select(StageRow)):
            stage.state = "succeeded"

    assert _estimate(database, 1) == (0, pytest.approx(300, abs=10))
