"""A synthesis from its first pair to its last round, result by result, on both databases."""

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.pipeline import states
from gateway.pipeline.estimates import describe
from gateway.pipeline.job_history import read
from gateway.pipeline.job_view import view
from gateway.pipeline.results import accept, reject
from gateway.pipeline.stage_table import Result, StoredCaptioning, StoredEditing, StoredPair
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import events, jobs, stages
from gateway.store.jobs.tables import EventRow
from gateway.store.tables import AssetRow, JobRow, PairRow, StageRow
from gateway.store.values import Attempt, JobRequest, Pair
from imgdiff.jobs import Job, JobEvent, JobKind, JobState, StageName, StageState
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Change, Edit, Operation, Policy, Reason, Verdict
from imgdiff.stages import CaptionedRegion, DetectedRegion, Detection
from imgdiff.whole_pair import Alignment

_JOB, _PAIRS, _AT_ONCE, _ROUNDS = "job_" + "0" * 32, 7, 2, 3
_PHOTO = "sha256:" + "a" * 64
_BOX = (4, 4, 20, 20)
_EDITING, _DETECTION, _CAPTIONING = StageName


@pytest.fixture
def synthesis(database: Database) -> Database:
    """A database with a synthesis that was just submitted."""
    now = datetime.now(UTC)
    fields = SynthesisFields(operation=Operation.REMOVE, count=_PAIRS, seed=1)
    options = Options(thresholds={"record.duplicate": 1.0}).settled(Policy.CURATE)  # all pairs are alike here
    request = JobRequest(kind=JobKind.SYNTHESIS, options=options, image=_PHOTO, fields=fields, edits_in_flight=_AT_ONCE)
    with database.writing() as session:
        datasets.ensure(session, "default")
        session.add(AssetRow(id=_PHOTO, width=64, height=48, media_type="image/png", size=1, created_at=now))
        session.add(
            JobRow(
                id=_JOB,
                kind="synthesis",
                state="queued",
                dataset="default",
                request=request.model_dump(mode="json"),
                created_at=now,
            )
        )
        session.flush()
        session.add_all(PairRow(job_id=_JOB, pair=pair, round=0) for pair in range(_PAIRS))
        for pair in range(_AT_ONCE):
            stages.add(session, jobs.find(session, _JOB), pair, _EDITING)
    return database


def _open(database: Database, name: StageName | None = None) -> list[StageRow]:
    wanted = select(StageRow).where(StageRow.state == StageState.QUEUED.value).order_by(StageRow.pair)
    with database.reading() as session:
        return [row for row in session.scalars(wanted) if name is None or row.name == name]


def _start(database: Database, name: StageName, pair: int | None = None) -> Attempt:
    """Start the first queued stage of that name, or that of a pair."""
    chosen = next(row for row in _open(database, name) if pair is None or row.pair == pair)
    with database.writing() as session:
        attempt = states.begin(session, chosen.id, 30)
    assert attempt is not None
    return attempt


def _answer(database: Database, attempt: Attempt, against: str | None = None) -> None:
    """The stage's service has answered; `against` is the reason code that rejects the pair."""
    with database.writing() as session:
        found = states.lock_attempt(session, attempt)
        assert found is not None
        accept(session, *found, _result(attempt, against), _ROUNDS)


def _run(database: Database, name: StageName, pair: int | None = None, against: str | None = None) -> None:
    _answer(database, _start(database, name, pair), against)


def _result(attempt: Attempt, against: str | None) -> Result:
    match attempt.name:
        case StageName.EDITING:
            if against is not None:
                return StoredEditing(seconds=0, reasons=(Reason(code=against),))
            edit = Edit(
                operation=Operation.REMOVE, box=_BOX, before="cup", seed=1, index=attempt.pair, round=attempt.round
            )
            pair = StoredPair(image1=None, image2=_PHOTO, caption1=None, caption2=None, edit=edit)
            return StoredEditing(seconds=0, pair=pair)
        case StageName.DETECTION:
            region = DetectedRegion(box=_BOX, difference=0.7, kept=True)
            identity = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
            return Detection(
                seconds=0,
                alignment=Alignment(applied=False, model="identity", matrix=identity, score=1.0),
                verdict=Verdict.DIFFERENT,
                regions=(region,),
                reasons=(Reason(code=against),) if against else (),
            )
        case StageName.CAPTIONING:
            change = Change.ADDED if against else Change.REMOVED
            return StoredCaptioning(seconds=0, regions=(CaptionedRegion(change=change, kept=True),))


def _job(database: Database) -> Job:
    with database.reading() as session:
        return view(session, jobs.find(session, _JOB))


def _states(database: Database) -> list[StageState]:
    return [status.state for status in _job(database).stages]


@pytest.mark.parametrize(
    ("code", "tried_again"),
    [
        ("edit.not_found", True),
        ("rewrite.unavailable", True),
        ("rewrite.no_noun", False),
        ("edit.target_not_found", False),
        ("edit.unread", False),
    ],
)
def test_a_pair_gets_no_further_round_for_a_reason_that_another_seed_cannot_change(
    code: str, *, tried_again: bool
) -> None:
    pair = reject(Pair(1, _JOB, 0), StageName.EDITING, [Reason(code=code)], _ROUNDS)

    assert pair.round == int(tried_again)
    assert [reason.code for reason in pair.reasons or ()] == ([] if tried_again else [code])


def test_a_rejected_pair_waits_until_there_is_room_for_another_edit(synthesis: Database) -> None:
    _run(synthesis, _EDITING, 0)
    assert [(row.pair, row.round) for row in _open(synthesis, _EDITING)] == [(1, 0), (2, 0)]

    _run(synthesis, _DETECTION, 0, against="pair.too_similar")

    assert [(row.pair, row.round) for row in _open(synthesis, _EDITING)] == [(1, 0), (2, 0)]
    _run(synthesis, _EDITING, 2)
    assert [(row.pair, row.round) for row in _open(synthesis, _EDITING)] == [(0, 1), (1, 0)]


def _fail(database: Database, attempt: Attempt) -> None:
    """The stage has failed for good."""
    with database.writing() as session:
        found = states.lock_attempt(session, attempt)
        assert found is not None
        states.retry(session, *found, "it broke", 1)


def test_a_pair_that_was_given_up_does_not_show_its_stage_as_failed(synthesis: Database) -> None:
    _run(synthesis, _EDITING, 0)

    _fail(synthesis, _start(synthesis, _DETECTION, 0))

    assert _states(synthesis) == [StageState.RUNNING, StageState.RUNNING, StageState.PENDING]
    assert _job(synthesis).progress == pytest.approx(1 / _PAIRS)
    with synthesis.writing() as session:
        states.end(session, jobs.lock(session, _JOB), JobState.CANCELLED)
    assert set(_states(synthesis)) == {StageState.CANCELLED}


def test_a_synthesis_whose_pairs_were_all_given_up_shows_the_stage_that_failed(synthesis: Database) -> None:
    for pair in range(_PAIRS):
        _run(synthesis, _EDITING, pair)
    for pair in range(_PAIRS):
        _fail(synthesis, _start(synthesis, _DETECTION, pair))

    assert _job(synthesis).state is JobState.FAILED
    assert _states(synthesis) == [StageState.SUCCEEDED, StageState.FAILED, StageState.CANCELLED]


def test_the_eta_counts_the_current_rounds_only(synthesis: Database) -> None:
    for name in StageName:
        for pair in range(_PAIRS):
            _run(synthesis, name, pair, against="edit.contradicted" if name is _CAPTIONING and pair < 6 else None)

    with synthesis.reading() as session:
        job = jobs.find(session, _JOB)
        assert job.started_at is not None
        elapsed = (datetime.now(UTC) - job.started_at).total_seconds()
        eta = describe(session, job).eta_seconds

    assert eta == pytest.approx(6 * elapsed, rel=0.1, abs=0.1)  # one pair is done, six start another round


def _at_random(drawn: random.Random, database: Database) -> None:
    """Accept, reject or fail one of the open stages."""
    row = drawn.choice(_open(database))
    attempt = _start(database, StageName(row.name), row.pair)
    against = {"editing": "edit.not_confirmed", "detection": "pair.too_similar", "captioning": "edit.contradicted"}
    if drawn.random() < 0.1:
        _fail(database, attempt)
    else:
        _answer(database, attempt, against[row.name] if drawn.random() < 0.3 else None)


@pytest.mark.parametrize("seed", range(6))
def test_a_synthesis_always_ends_and_its_progress_never_goes_back(synthesis: Database, seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311  not a secret
    seen = [_job(synthesis)]

    while not seen[-1].final:
        assert len(_open(synthesis, _EDITING)) <= _AT_ONCE
        _at_random(drawn, synthesis)
        seen.append(_job(synthesis))

    assert seen[-1].state is JobState.SUCCEEDED
    assert len(seen[-1].records) + len(seen[-1].rejected) == _PAIRS
    progress = [job.progress for job in seen]
    assert progress == sorted(progress)
    assert all(job.progress < 1 for job in seen[:-1])
    way = ["pending", "queued", "running", "succeeded"]
    for number in range(3):
        places = [way.index(job.stages[number].state) for job in seen]
        assert places == sorted(places)


def _events(database: Database) -> dict[int, Job]:
    """The job of each event, by the event's sequence."""
    with database.reading() as session:
        stored = read(session, jobs.find(session, _JOB), 0)
    return {event.sequence: JobEvent.model_validate(event.document, strict=False).job for event in stored}


def _as_an_event_has_it(job: Job) -> Job:
    return job.model_copy(update={"records": ()})


def _newest(database: Database) -> int:
    with database.reading() as session:
        return events.newest(session, _JOB)


@pytest.mark.parametrize("seed", [7, 8])
def test_every_event_shows_the_job_as_it_was_then(synthesis: Database, seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311  not a secret
    seen: dict[int, Job] = {}

    while not seen or not list(seen.values())[-1].final:
        _at_random(drawn, synthesis)
        seen[_newest(synthesis)] = _as_an_event_has_it(_job(synthesis))

    shown = _events(synthesis)
    assert {sequence: shown[sequence] for sequence in seen} == seen


def test_the_events_of_a_job_that_an_earlier_version_began_show_what_it_did(synthesis: Database) -> None:
    for pair in range(_AT_ONCE):
        _run(synthesis, _EDITING, pair)
    whole = {"type": "stage", "job": _job(synthesis).model_dump(mode="json")}
    with synthesis.writing() as session:
        for row in session.scalars(select(EventRow)):
            session.delete(row)
        session.flush()
        session.add(EventRow(job_id=_JOB, type="stage", document=whole, created_at=datetime.now(UTC)))

    _run(synthesis, _DETECTION, 0)

    before, *_, last = _events(synthesis).values()
    assert before == JobEvent.model_validate(whole, strict=False).job
    assert last == _as_an_event_has_it(_job(synthesis))
