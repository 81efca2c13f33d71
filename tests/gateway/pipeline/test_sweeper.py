"""The sweeper survives a failed sweep, and stops only between two sweeps."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import select, update

from gateway.pipeline.broker import Broker
from gateway.pipeline.sweeper import Sweeper, WallClock
from gateway.settings import GatewaySettings
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs, pairs, stages
from gateway.store.tables import JobRow, StageRow
from gateway.store.values import JobRequest, QueuedStage, Turn
from imgdiff.jobs import JobKind, JobState, StageName, StageState
from imgdiff.options import Options


@dataclass(frozen=True)
class Acting(Sweeper):
    """A sweeper whose sweep is replaced."""

    act: Callable[[], None] = lambda: None
    began: threading.Event = field(default_factory=threading.Event)

    def sweep(self) -> None:
        self.began.set()
        self.act()


def _run(sweeper: Acting, until: Callable[[], bool]) -> None:
    async def stopped() -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(sweeper.run(stopping))
        while not until():  # noqa: ASYNC110  it waits for other threads
            await asyncio.sleep(0.001)
        stopping.set()
        await asyncio.wait_for(running, 10)

    asyncio.run(stopped())


def test_a_sweep_that_has_begun_ends_before_its_database_is_closed(
    settings: GatewaySettings, database: Database
) -> None:
    ended: list[int] = []

    def slow() -> None:
        with database.reading() as session:
            session.connection()
            threading.Event().wait(0.2)
        ended.append(1)

    broker = Broker(settings)
    sweeper = Acting(settings, database, broker, slow)
    _run(sweeper, sweeper.began.is_set)

    assert ended == [1]
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    broker.close()


def test_a_failed_sweep_is_followed_by_another(settings: GatewaySettings, database: Database) -> None:
    sweeps: list[int] = []

    def failing() -> None:
        sweeps.append(1)
        raise ArithmeticError

    broker = Broker(settings)
    _run(Acting(settings, database, broker, failing), lambda: len(sweeps) >= 3)

    assert len(sweeps) >= 3
    broker.close()


def _job(database: Database, number: int, deadline: datetime, **request: object) -> str:
    """The id of a stage whose worker was lost."""
    past = datetime.now(UTC) - timedelta(hours=1)
    asked = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options())
    with database.writing() as session:
        datasets.ensure(session, "default")
        job = jobs.add(session, f"job_{number:032x}", asked, past, deadline, Turn())
        pairs.add_all(session, job.id, asked)
        stage_id = stages.add(session, job, 0, StageName.DETECTION).stage_id
        row = session.get_one(JobRow, job.sequence)
        row.request = {**row.request, **request}
        stage = session.get_one(StageRow, stage_id)
        stage.state, stage.attempts, stage.lease_until = StageState.RUNNING.value, 1, past
    return stage_id


def test_a_job_that_cannot_be_read_does_not_hold_up_others(settings: GatewaySettings, database: Database) -> None:
    late, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-0.5, 1))
    for number, deadline in enumerate((late, later)):
        _job(database, number, deadline, of_a_later_version=True)
    expired, abandoned = _job(database, 2, late), _job(database, 3, later)
    broker = Broker(settings)

    Sweeper(settings, database, broker).sweep()

    broker.close()
    with database.reading() as session:
        assert session.get_one(StageRow, expired).state == StageState.CANCELLED
        assert jobs.find(session, f"job_{2:032x}").state == JobState.EXPIRED
        assert session.get_one(StageRow, abandoned).state == StageState.QUEUED
        unreadable = select(JobRow.state).where(JobRow.id == f"job_{0:032x}")
        assert session.scalar(unreadable) == JobState.QUEUED  # unchanged


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_takes_no_stage_from_its_worker_and_keeps_none_from_its_queue(
    settings: GatewaySettings, database: Database, hours: int
) -> None:
    """The times in the rows are moved instead, which looks the same to the sweeper."""
    seconds = [0.0]
    jump, later = timedelta(hours=hours), datetime.now(UTC) + timedelta(hours=6)
    running, queued = _job(database, 0, later), _job(database, 1, later)
    broker = Broker(settings)
    sweeper = Sweeper(settings, database, broker, clock=WallClock(lambda: seconds[0], lambda: 0.0))
    with database.writing() as session:
        session.get_one(StageRow, running).lease_until = datetime.now(UTC) + timedelta(seconds=10)
        session.get_one(StageRow, queued).state = StageState.QUEUED.value
    sweeper.sweep()

    seconds[0] = jump.total_seconds()
    with database.writing() as session:
        for row in (session.get_one(StageRow, running), session.get_one(StageRow, queued)):
            row.enqueued_at = None
            row.lease_until, row.due_at = (datetime.now(UTC) - jump for _ in range(2))
    sweeper.sweep()

    broker.close()
    with database.reading() as session:
        row = session.get_one(StageRow, running)
        assert (row.state, row.deaths) == (StageState.RUNNING, 0)
        assert row.lease_until is not None
        assert abs(row.lease_until - datetime.now(UTC)) < timedelta(seconds=2 * settings.lease_seconds)
        assert session.get_one(StageRow, queued).enqueued_at is not None


def test_a_service_that_was_away_is_tried_each_sweep_and_more_often_once_it_is_back(
    settings: GatewaySettings, database: Database
) -> None:
    now = datetime.now(UTC)
    waiting = [_job(database, number, now + timedelta(hours=1)) for number in range(8)]
    done = _job(database, 8, now + timedelta(hours=1))
    with database.writing() as session:
        for number, stage in enumerate(waiting):
            row = session.get_one(StageRow, stage)
            row.state, row.deferrals, row.enqueued_at = StageState.QUEUED.value, 9, None
            row.due_at = now + timedelta(seconds=60 + number)
    broker = Broker(settings)
    sweeper = Sweeper(settings, database, broker)

    def enqueued() -> list[str]:
        with database.reading() as session:
            return [stage for stage in waiting if session.get_one(StageRow, stage).enqueued_at is not None]

    with database.writing() as session:
        session.get_one(StageRow, done).state = StageState.CANCELLED.value
    sweeper.sweep()
    away = enqueued()
    with database.writing() as session:
        row = session.get_one(StageRow, done)
        row.state, row.enqueued_at = StageState.SUCCEEDED.value, datetime.now(UTC)
    sweeper.sweep()

    broker.close()
    assert away == waiting[:1]
    assert enqueued() == waiting[:5]


@dataclass(frozen=True)
class _Waiting:
    sweeper: Sweeper
    server: redis.Redis
    ids: list[str]

    def publish(self, count: int) -> None:
        """Put tickets for the first stages on their queue."""
        self.sweeper.broker.put(QueuedStage(one, StageName.DETECTION) for one in self.ids[:count])
        self.wait_for(count)

    def wait_for(self, depth: int) -> None:
        """Wait until so many messages are on the queue."""
        until = time.monotonic() + 30
        while self.sweeper.broker.depth(StageName.DETECTION) != depth:
            assert time.monotonic() < until
            time.sleep(0.01)

    def take(self, *ages: float) -> None:
        """Let workers have taken messages so many seconds ago."""
        self.server.zadd("imgdiff:unacked_index", {str(age): time.time() - age for age in ages})


@pytest.fixture
def waiting_stages(settings: GatewaySettings, redis_url: str) -> Iterator[_Waiting]:
    """Six stages that have waited for a minute in a Redis of their own."""
    own = settings.model_copy(update={"redis_url": redis_url.replace("/0", "/7")})
    database, broker = Database(own.database_url), Broker(own)
    with redis.Redis.from_url(own.redis_url) as server:
        server.flushdb()
        ids = [_job(database, number, datetime.now(UTC) + timedelta(hours=1)) for number in range(6)]
        with database.writing() as session:
            early = datetime.now(UTC) - timedelta(minutes=1)
            session.execute(update(StageRow).values(state="queued", lease_until=None, enqueued_at=early))
        yield _Waiting(Sweeper(own, database, broker), server, ids)
    broker.close()
    database.close()


def test_one_lost_message_among_many_is_found_while_the_others_flow(
    waiting_stages: _Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    waiting_stages.publish(5)
    waiting_stages.take(60.0)  # by a worker that was killed since

    waiting_stages.sweeper.sweep()
    waiting_stages.sweeper.sweep()

    waiting_stages.wait_for(6)
    assert [record.getMessage() for record in caplog.records] == ["1 stages were lost from the queue detection"]


def test_messages_that_wait_or_were_just_taken_are_not_lost(
    waiting_stages: _Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    waiting_stages.publish(4)
    waiting_stages.take(0.0, 0.1)

    for _ in range(3):
        waiting_stages.sweeper.sweep()

    waiting_stages.wait_for(4)
    assert caplog.records == []


def test_an_empty_queue_with_stages_that_wait_for_it_has_lost_all_messages(waiting_stages: _Waiting) -> None:
    waiting_stages.sweeper.sweep()
    waiting_stages.sweeper.sweep()

    waiting_stages.wait_for(6)
