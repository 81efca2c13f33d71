"""Tenants that wait are found by jumps over the index, however many stages each has."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.order import waiting
from gateway.store.tables import JobRow, StageRow
from imgdiff.jobs import StageName

_NOW = datetime.now(UTC)
_JOB = {"id": "job_1", "kind": "synthesis", "state": "running", "dataset": "default", "created_at": _NOW}


def _fill(database: Database, tenants: int, each: int) -> None:
    """Stages of several tenants, the newest first, and as many that have ended."""
    with database.writing() as session:
        datasets.ensure(session, "default")
        session.execute(insert(JobRow), {**_JOB, "request": {}})
        rows = [
            {
                "id": f"stg_{tenant}_{number}_{state}",
                "job_id": "job_1",
                "pair": tenant * each + number,
                "round": int(state == "queued"),
                "name": "editing",
                "tenant": f"tenant-{tenant}",
                "lane": tenant % 2,
                "state": state,
                "due_at": _NOW - timedelta(seconds=number),
                "enqueued_at": _NOW - timedelta(seconds=number),
            }
            for tenant in range(tenants)
            for number in range(each)
            for state in ("queued", "succeeded")
        ]
        session.execute(insert(StageRow), rows)


def test_the_oldest_stage_of_each_tenant_is_found_by_lane(database: Database) -> None:
    _fill(database, tenants=5, each=4)

    with database.reading() as session:
        found = waiting.heads(session, StageName.EDITING)
        second = waiting.oldest(session, StageName.EDITING, found[0], 2)[1]
        assert waiting.heads(session, StageName.DETECTION) == []

    assert [(one.lane, one.tenant, one.stage_id) for one in found] == [
        (number % 2, f"tenant-{number}", f"stg_{number}_3_queued") for number in (0, 2, 4, 1, 3)
    ]
    assert second.stage_id == "stg_0_2_queued"


def test_they_are_found_without_a_look_at_every_stage(new_sqlite: str) -> None:
    database = Database(new_sqlite)
    _fill(database, tenants=2, each=2)

    with database.reading() as session:
        statement = text(f"EXPLAIN QUERY PLAN {waiting.HEADS}")
        plan = [row[-1] for row in session.execute(statement, {"name": "editing"})]

    looks = [step for step in plan if "stages" in step or "oldest" in step]
    assert looks
    assert all("SEARCH" in step for step in looks), plan
    assert sum("ix_stages_waiting" in step for step in looks) == 3, plan
    database.close()


def test_those_on_the_queue_for_longest_are_taken_off(database: Database) -> None:
    _fill(database, tenants=1, each=6)
    cutoff = _NOW - timedelta(seconds=1.5)

    with database.writing() as session:
        assert waiting.count_since(session, StageName.EDITING, cutoff) == 4
        assert waiting.take_off(session, StageName.EDITING, cutoff, 3) == 3

    with database.reading() as session:
        left = [number for number in range(6) if session.get_one(StageRow, f"stg_0_{number}_queued").enqueued_at]
    assert left == [0, 1, 2]
