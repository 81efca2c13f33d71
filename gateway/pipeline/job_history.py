"""The events of a job as its clients see them: rendered from what each has changed, when they are read.

An event of an earlier version holds the whole job and is given as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.pipeline.job_view import compose, view
from gateway.store.database import Session
from gateway.store.jobs import events, pairs, stages
from gateway.store.jobs.events import StoredEvent
from gateway.store.values import Event, PairStatus, Stage, StoredJob
from imgdiff.jobs import FINAL, JobEvent, JobState

_WHOLE = "job"  # the member of an event of an earlier version


def read(session: Session, job: StoredJob, after: int) -> list[Event]:
    """The events of a job after a sequence number, oldest first."""
    if events.newest(session, job.id) <= after:
        return []
    return [event for event in _replay(session, job) if event.sequence > after]


def last_states(session: Session, some: Sequence[StoredJob]) -> dict[str, Event]:
    """By job, the event of the state that it is in."""
    found, by_id = events.last_states(session, [job.id for job in some]), {job.id: job for job in some}
    return {one.job_id: read(session, by_id[one.job_id], one.sequence - 1)[0] for one in found}


def _replay(session: Session, job: StoredJob) -> Iterator[Event]:
    """Every event, with the job as it was then."""
    stored = events.after(session, job.id, 0)
    of_stages, of_pairs = _known_before(session, job, stored)
    for one in stored:
        if _WHOLE in one.document:
            yield Event(one.sequence, one.type, one.document, one.created_at)
            continue
        for stage in stages.read_noted(job.id, one.document):
            of_stages[stage.pair, stage.name, stage.round] = stage
        for pair in pairs.read_noted(job.id, one.document):
            of_pairs[pair.index] = pair
        yield _render(session, job, one, list(of_stages.values()), [of_pairs[index] for index in sorted(of_pairs)])


def _render(
    session: Session, job: StoredJob, stored: StoredEvent, of_stages: list[Stage], of_pairs: list[PairStatus]
) -> Event:
    state = JobState(str(stored.document["state"]))
    if state in FINAL:
        seen = view(session, job, with_records=False)  # it has not changed since
    else:
        started = None if state is JobState.QUEUED else job.started_at
        then = job.model_copy(update={"state": state, "started_at": started, "finished_at": None, "error": None})
        seen = compose(then, of_stages, of_pairs)
    event = JobEvent.model_validate({"type": stored.type, "job": seen})
    return Event(stored.sequence, stored.type, event.model_dump(mode="json"), stored.created_at)


def _known_before(
    session: Session, job: StoredJob, stored: Sequence[StoredEvent]
) -> tuple[dict[Any, Stage], dict[int, PairStatus]]:
    """What holds before the first of these events.

    That is nothing, unless an earlier version began the job: then all that no event has changed since.
    """
    if not any(_WHOLE in one.document for one in stored):
        return {}, {}
    changed: list[Mapping[str, Any]] = [one.document for one in stored if _WHOLE not in one.document]
    later = {(one.pair, one.name, one.round) for document in changed for one in stages.read_noted(job.id, document)}
    moved = {one.index for document in changed for one in pairs.read_noted(job.id, document)}
    known = {(one.pair, one.name, one.round): one for one in stages.of_job(session, job.id)}
    return (
        {place: stage for place, stage in known.items() if place not in later},
        {pair.index: pair for pair in pairs.of_job(session, job.id) if pair.index not in moved},
    )
