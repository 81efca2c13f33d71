"""Deaths of a service count against nobody; only the pair that kills it alone is condemned."""

import io
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from gateway.pipeline import isolation, states
from gateway.settings import GatewaySettings
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.isolation import quarantines
from gateway.store.jobs import jobs
from gateway.store.tables import StageRow
from gateway.store.values import Attempt, JobRequest
from imgdiff.jobs import Job, JobKind, JobState, StageName, StageState
from imgdiff.options import Options

_POISON = 77  # the grey value of the pixel that the scripted service looks at
_NAME = StageName.DETECTION


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """The settings of the other tests with room for more jobs."""
    return settings.model_copy(update={"max_queued_jobs": 40})


def _png(shade: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 64, 3), shade, np.uint8)).save(out, "PNG")
    return out.getvalue()


def _wait(stage, ids: list[str]) -> tuple[list[Job], int]:
    """The ended jobs, and how often their service died; it is started again each time."""
    deaths = 0

    def ended() -> bool:
        nonlocal deaths
        if stage.processes["detection"].poll() is not None:
            deaths += 1
            stage.start("detection")
        return all(stage.client.job(job).final for job in ids)

    stage.until(ended)
    return [stage.client.job(job) for job in ids], deaths


@pytest.mark.slow  # three deaths
def test_three_deaths_of_a_service_fail_no_job(stage, png: bytes) -> None:
    stage.script("detection", seconds=20)
    ids = [stage.client.submit(png, png).id for _ in range(10)]

    for number in range(1, 4):
        stage.until(lambda number=number: stage.done("detection", "begun") == number)
        time.sleep(1.0)  # the others of this worker wait in the service by then
        stage.kill("detection")
        stage.script("detection", seconds=20 if number < 3 else 0)
        stage.start("detection")
    ended, _ = _wait(stage, ids)

    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 10, stage.log()
    assert {job.stages[0].attempts for job in ended} == {1}


def test_one_poison_pair_is_condemned_after_three_deaths_and_takes_nobody_with_it(stage, png: bytes) -> None:
    stage.script("detection", act="die", shade=_POISON, seconds=0.3)
    poison = stage.client.submit(png, _png(_POISON)).id
    innocents = [stage.client.submit(png, png).id for _ in range(16)]
    stage.until(lambda: stage.processes["detection"].poll() is not None)
    stage.script("detection", act="die", shade=_POISON)

    ended, deaths = _wait(stage, [*innocents, poison])

    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 16 + [JobState.FAILED], stage.log()
    assert deaths <= 3  # one that nobody noticed before all jobs had ended is not counted
    assert ended[-1].error is not None
    assert "broke down 3 times" in ended[-1].error.detail
    (letter,) = stage.client.dead_letters()
    assert (letter.job, letter.stage, letter.deaths, letter.error) == (poison, _NAME, 3, ended[-1].error)


def test_what_was_given_up_is_replayed_once_its_cause_is_mended(stage, png: bytes) -> None:
    stage.script("detection", act="fail")
    job = stage.client.wait(stage.client.submit(png, _png(9), metadata={"mine": 1}).id, wait_seconds=120)
    (letter,) = stage.client.dead_letters()
    stage.script("detection")

    again = stage.client.wait(stage.client.replay(letter.id).id, wait_seconds=120)
    (replayed,) = stage.client.dead_letters()
    stage.client.discard(letter.id)

    assert (job.state, letter.job, letter.deaths, letter.error) == (JobState.FAILED, job.id, 0, job.error)
    assert (again.state, again.metadata) == (JobState.SUCCEEDED, {"mine": 1})
    assert replayed.replayed_as == again.id
    assert list(stage.client.dead_letters()) == []
    assert stage.client.job(job.id) == job, "it stays as it was"


class _Stages:
    """Jobs of one detection each, numbered from 0; whoever dies is judged."""

    def __init__(self, database: Database, count: int) -> None:
        self.database = database
        with database.writing() as session:
            datasets.ensure(session, "default")
            queued = [states.submit(session, _request(number), _LATER)[1][0] for number in range(count)]
        self.ids = [stage.stage_id for stage in queued]
        self.attempts: dict[int, Attempt] = {}

    def begin(self, number: int) -> bool:
        with self.database.writing() as session:
            attempt = states.begin(session, self.ids[number], 30)
        if attempt is not None:
            self.attempts[number] = attempt
        return attempt is not None

    def die(self, number: int, *, shared: bool = False) -> None:
        with self.database.writing() as session:
            found = states.lock_attempt(session, self.attempts.pop(number))
            assert found is not None
            states.isolate(session, *found, "it died", shared=shared)

    def defer(self, number: int) -> None:
        with self.database.writing() as session:
            found = states.lock_attempt(session, self.attempts.pop(number))
            assert found is not None
            states.defer(session, *found, 0.0)

    def proceed(self, ended: int | None = None, *, succeeded: bool = False) -> list[int]:
        """The numbers of the stages that go to their queues, when everybody's turn has come."""
        with self.database.writing() as session:
            quarantines.save(session, _now(quarantines.lock(session, _NAME)))
            stage_id = None if ended is None else self.ids[ended]
            queued = isolation.proceed(session, _NAME, stage_id, succeeded=succeeded)
        return [self.ids.index(one.stage_id) for one in queued]

    def cancel(self, number: int) -> None:
        with self.database.writing() as session:
            job = session.get_one(StageRow, self.ids[number]).job_id
            states.end(session, jobs.lock(session, job), JobState.CANCELLED)

    def state(self, number: int) -> tuple[str, int, int, int]:
        with self.database.reading() as session:
            row = session.get_one(StageRow, self.ids[number])
            return row.state, row.attempts, row.deaths, row.deaths_alone


_LATER = datetime.now(UTC) + timedelta(hours=1)


def _request(number: int) -> JobRequest:
    options = Options(dataset="default", caption1=f"picture {number}")
    return JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=options)


def _now(quarantine: quarantines.Quarantine) -> quarantines.Quarantine:
    return quarantines.Quarantine(**{**vars(quarantine), "next_at": None})


def _run_alone(some: _Stages, number: int) -> None:
    assert some.proceed() == [number]
    assert some.begin(number)


def test_a_suspect_runs_alone_and_the_others_wait_for_it(database: Database) -> None:
    some = _Stages(database, 4)
    assert some.begin(0)
    assert some.begin(1)
    assert some.begin(2)

    some.die(0)
    assert some.state(0) == (StageState.QUEUED, 0, 1, 0)
    assert some.proceed() == []  # two others run
    assert not some.begin(0)
    assert not some.begin(3)
    some.defer(1)
    some.defer(2)

    _run_alone(some, 0)
    assert not any(some.begin(number) for number in (1, 2, 3))
    with some.database.writing() as session:
        job, stage = states.lock_attempt(session, some.attempts.pop(0)) or (None, None)
        assert job is not None
        assert stage is not None
        states.end(session, job, JobState.SUCCEEDED)
    assert set(some.proceed(0, succeeded=True)) == {1, 2, 3}
    assert some.begin(1)
    assert some.begin(2)


def test_only_deaths_alone_condemn_and_others_run_in_between(database: Database) -> None:
    some = _Stages(database, 2)
    for number in (0, 1):
        assert some.begin(number)
    for number in (0, 1):
        some.die(number)

    _run_alone(some, 0)
    some.die(0)
    _run_alone(some, 1)  # it died alone less often
    some.defer(1)
    assert some.proceed(1, succeeded=True) == [1]
    some.cancel(1)
    _run_alone(some, 0)
    some.die(0)

    assert some.state(0) == (StageState.FAILED, 1, 3, 2)


def test_a_service_that_kills_whatever_it_gets_condemns_nobody(database: Database) -> None:
    some = _Stages(database, 3)
    for number in (0, 1):
        assert some.begin(number)
    for number in (0, 1):
        some.die(number)

    for number in (0, 1):
        _run_alone(some, number)
        some.die(number)
    assert some.proceed() == []  # the next is on its queue already
    assert some.begin(2)  # since nothing is held against it yet
    some.die(2)
    for number in (0, 1, 2):
        _run_alone(some, number)
        some.die(number)

    assert [some.state(number)[0] for number in range(3)] == [StageState.QUEUED] * 3
    with database.reading() as session:
        assert quarantines.find(session, _NAME).service_fails
        assert isolation.shut(session) == [_NAME]
    _run_alone(some, 0)
    assert some.proceed(0, succeeded=True) == []  # the next suspect waits for it to end
    with database.reading() as session:
        assert not quarantines.find(session, _NAME).service_fails


def test_deaths_that_a_worker_shared_are_nobodys_alone(database: Database) -> None:
    some = _Stages(database, 1)
    assert some.begin(0)
    some.die(0)

    for _ in range(3):
        _run_alone(some, 0)
        some.die(0, shared=True)

    assert some.state(0) == (StageState.QUEUED, 0, 4, 0)


def test_a_cancelled_suspect_opens_its_gate(database: Database) -> None:
    some = _Stages(database, 2)
    assert some.begin(0)
    some.die(0)
    assert some.proceed() == [0]
    assert not some.begin(1)

    some.cancel(0)

    assert some.proceed() == [1]
    assert some.begin(1)
    with database.reading() as session:
        assert isolation.waiting(session) == set()
