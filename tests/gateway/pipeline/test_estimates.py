"""Estimates follow the pace of recent jobs; idle time does not count."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from gateway.pipeline.estimates import Drain, Pace, describe
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
                pairs=pairs or 1,
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
        assert Drain.of(session).seconds_until(2) == 10


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


def test_no_request_of_another_job_is_read(new_sqlite: str) -> None:
    database = Database(new_sqlite)
    _add(database, 1, 0, 0, 4)
    for number in (2, 3, 4):
        _add(database, number, 11, None, None, pairs=3)
    statements: list[str] = []

    with database.reading() as session:
        job = jobs.find(session, f"job_{4:032x}")
        driver = session.connection().connection.driver_connection
        driver.set_trace_callback(statements.append)  # type: ignore[union-attr]
        assert describe(session, job).eta_seconds == 2 * 3 * 4 + 3 * 4
        driver.set_trace_callback(None)  # type: ignore[union-attr]

    database.close()
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
                stages.add(session, jobs.find(session, f"job_{1:032x}"), pair, StageName(name))
        session.flush()
        for stage in session.scalars(select(StageRow)):
            stage.state = "succeeded"

    assert _estimate(database, 1) == (0, pytest.approx(300, abs=10))


def test_jobs_that_become_slower_are_noticed_after_a_few(database: Database) -> None:
    for number in range(10):
        _add(database, number, 0, number, number + 1)
    for number in range(8):
        _add(database, 10 + number, 0, 10 + 5 * number, 15 + 5 * number)

    with database.reading() as session:
        assert Drain.of(session).seconds_until(1) == pytest.approx(5, rel=0.25)


def test_a_slot_is_free_when_the_next_job_ends_and_idle_time_does_not_count(database: Database) -> None:
    for number in range(8):
        _add(database, number, 0, 10 * number, 10 * number + 10)
    busy = (datetime.now(UTC) - START).total_seconds() - 4
    _add(database, 8, busy, busy, None)

    with database.reading() as session:
        drain = Drain.of(session)

    assert drain.seconds_until(1) == pytest.approx(6, abs=1)
    assert drain.seconds_until(3) == pytest.approx(26, abs=1)


def test_an_end_that_is_overdue_is_not_expected_at_once() -> None:
    assert Drain(gap=2.0, since=60.0).seconds_until(1) == pytest.approx(12.0)


def test_the_drain_of_a_tenant_is_that_of_its_own_jobs(database: Database) -> None:
    for number in range(6):
        _add(database, number, 0, 2 * number, 2 * number + 2)
    with database.writing() as session:
        session.execute(
            update(JobRow).where(JobRow.id.in_([f"job_{number:032x}" for number in (1, 3, 5)])).values(tenant="acme")
        )

    with database.reading() as session:
        assert Drain.of(session, "acme").gap == pytest.approx(4, rel=0.2)
        assert Drain.of(session, "nobody").gap == 5.0
