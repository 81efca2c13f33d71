"""The funnel and the statistics of the counters are those of all stored results, whatever happens to the jobs."""

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event, func, select, update

from gateway.counts.keeper import Keeper, take_back
from gateway.funnel.counting import Scope, funnel, recount
from gateway.pipeline import states
from gateway.statistics.reading import read_chosen, read_kept
from gateway.store.counts import pending
from gateway.store.counts.tables import CountRow
from gateway.store.database import Database
from gateway.store.finding.filters import RecordFilter
from gateway.store.jobs import jobs
from gateway.store.retention import deletion
from gateway.store.tables import JobRow, PairRow, RecordRow, StageRow
from imgdiff.errors import StageFailed
from imgdiff.jobs import JobKind, JobState
from imgdiff.records import Policy
from tests.gateway.funnel.scenarios import Scenario, run
from tests.gateway.funnel.sums import adds_up

_DATASETS = ("mine", "other")
_PROBLEM = StageFailed("the stage failed").problem("/v1/jobs/job_1")


def _scenarios() -> list[Scenario]:
    upload = JobKind.DIFFERENCE_CAPTIONS
    return [
        *(Scenario(seed, pairs=2) for seed in range(3)),
        Scenario(10, sam=True, pairs=2, thresholds={"region.too_similar": 0.9}),
        *(Scenario(20 + seed, upload, pairs=1, policy=list(Policy)[seed % 2]) for seed in range(8)),
        Scenario(30, two_stages=True, keep_rejected=False, pairs=2),
    ]


def _fill(database: Database, drawn: random.Random) -> None:
    """Jobs that have ended in every way, and some that still run."""
    for scenario in _scenarios():
        dataset = drawn.choice(_DATASETS)
        for steps, end in ((None, None), (drawn.randrange(5), drawn.choice([None, *_ENDS])), (2, "stage")):
            with database.writing() as session:
                job_id = run(session, scenario, dataset, steps)
            with database.writing() as session:
                job = jobs.lock(session, job_id)
                if end == "stage" and not job.final:
                    _fail_stage(session, job_id)
                elif end is not None and end != "stage":
                    states.end(session, job, end, _PROBLEM)


_ENDS = (JobState.CANCELLED, JobState.EXPIRED, JobState.FAILED)


def _fail_stage(session, job_id: str) -> None:  # type: ignore[no-untyped-def]
    """As a worker does whose service cannot do it."""
    waiting = select(StageRow.id).where(StageRow.job_id == job_id, StageRow.state == "queued").limit(1)
    attempt = states.begin(session, session.scalar(waiting), 60)
    assert attempt is not None
    locked = states.lock_attempt(session, attempt)
    assert locked is not None
    states.fail(session, *locked, _PROBLEM)


def _assert_same(database: Database) -> None:
    """The counters with what they lack are what a pass over everything counts."""
    for name in _DATASETS:
        with database.reading() as session:
            counted, kept = recount(session, Scope(name), {}), funnel(session, Scope(name), {})
            statistics, held = read_chosen(session, RecordFilter(name), None, None, 50), read_kept(session, name, 50)
        adds_up(kept)
        assert kept == counted
        assert held.model_copy(update={"images": 0, "scenes": 0}) == statistics.model_copy(
            update={"images": 0, "scenes": 0}
        )


def _uncounted(database: Database) -> int:
    with database.reading() as session:
        return pending.count(session)


def _keep_all(database: Database) -> int:
    keeper, kept = Keeper(database, 1.0), 0
    while counted := keeper.keep():
        kept += counted
    return kept


def _delete(database: Database, record: str) -> None:
    with database.writing() as session:
        take_back(session, record)
        deletion.delete_record(session, record)


def test_counters_are_what_is_stored_through_every_end_and_deletion(database: Database) -> None:
    drawn = random.Random(5)  # noqa: S311  not a secret
    _fill(database, drawn)
    _assert_same(database)  # nothing is counted yet

    kept = _keep_all(database)
    _assert_same(database)
    with database.reading() as session:
        pairs = session.scalar(select(func.count()).select_from(PairRow)) or 0
        done = select(RecordRow.id).join(JobRow, JobRow.id == RecordRow.job_id)
        records = list(session.scalars(done.where(JobRow.state.not_in(["queued", "running"])).order_by(RecordRow.id)))
        open_jobs = list(session.scalars(select(JobRow.id).where(JobRow.state.in_(["queued", "running"]))))
    assert kept + _uncounted(database) == pairs
    assert len(records) > 6
    assert open_jobs

    for record in drawn.sample(records, len(records) // 2):
        _delete(database, record)
    _assert_same(database)
    for job in open_jobs:
        with database.writing() as session:
            states.end(session, jobs.lock(session, job), JobState.CANCELLED)
    _assert_same(database)
    _keep_all(database)
    _assert_same(database)
    assert _uncounted(database) == 0

    with database.writing() as session:
        deletion.begin(session, "mine")
        while deletion.delete_some(session, "mine"):
            pass
    with database.reading() as session:
        assert set(session.scalars(select(CountRow.dataset).distinct())) == {"other"}


def test_keepers_at_the_same_time_count_each_pair_once(database: Database) -> None:
    _fill(database, random.Random(6))  # noqa: S311  not a secret

    with ThreadPoolExecutor(4) as threads:
        kept = sum(threads.map(lambda _: _keep_all(database), range(4)))
    left = _keep_all(database)
    _assert_same(database)

    with database.reading() as session:
        marked = session.scalar(select(func.count()).where(PairRow.counted))
    assert kept + left == marked


def test_a_pair_that_is_deleted_while_it_is_counted_is_not_counted(database: Database) -> None:
    with database.writing() as session:
        run(session, Scenario(20, JobKind.DIFFERENCE_CAPTIONS, pairs=1, policy=Policy.DESCRIBE), "mine")
        run(session, Scenario(1, pairs=1), "other")
    with database.reading() as session:
        places = pending.find(session, 10)
        record = session.scalar(select(RecordRow.id).where(RecordRow.dataset == "mine"))
    assert record is not None
    _delete(database, record)

    with database.writing() as session:
        assert not pending.mark(session, places)
    assert _keep_all(database) == 1
    _assert_same(database)


def test_a_new_pair_with_the_sequence_of_a_deleted_one_is_not_taken_for_it(database: Database) -> None:
    scenario = Scenario(20, JobKind.DIFFERENCE_CAPTIONS, pairs=1, policy=Policy.DESCRIBE)
    with database.writing() as session:
        run(session, scenario, "mine")
    with database.reading() as session:
        places = pending.find(session, 10)
        record = session.scalar(select(RecordRow.id))
    assert record is not None
    _delete(database, record)
    with database.writing() as session:
        run(session, scenario, "mine", steps=0)
        new = session.scalars(select(PairRow)).one()
        if new.sequence != places[0].pair:  # PostgreSQL never gives it again
            session.execute(update(PairRow).values(sequence=places[0].pair))
        assert not pending.mark(session, places)


def test_a_running_pair_waits_until_it_has_ended(database: Database) -> None:
    with database.writing() as session:
        job = run(session, Scenario(3, pairs=2), "mine", steps=2)

    assert _keep_all(database) == 0
    with database.writing() as session:
        states.end(session, jobs.lock(session, job), JobState.CANCELLED)
    assert _keep_all(database) == 2
    with database.reading() as session:
        assert funnel(session, Scope("mine"), {}).totals.cancelled == 2


def test_what_is_counted_is_not_read_again(database: Database) -> None:
    with database.writing() as session:
        for seed in range(3):
            run(session, Scenario(seed, pairs=2), "mine")
    _keep_all(database)

    with database.writing() as session:
        session.execute(update(StageRow).values(result={}))
        session.execute(update(RecordRow).values(document="{}"))
        kept, statistics = funnel(session, Scope("mine"), {}), read_kept(session, "mine", 5)

    adds_up(kept)
    assert kept.totals.asked == 6
    assert statistics.records == sum(kept.records.values())


def test_a_read_looks_only_at_the_pairs_that_no_counters_include(new_sqlite: str) -> None:
    database, asked = Database(new_sqlite), []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    with database.reading() as session:
        funnel(session, Scope("mine"), {})
        read_kept(session, "mine", 5)
        uncounted = [one for one in asked if "NOT pairs.counted" in one[0]]
        begins = [
            session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).first()
            for statement, values in uncounted
        ]
    database.close()

    assert len(begins) == 2
    assert all(begin is not None and "ix_pairs_uncounted" in begin.detail for begin in begins)
