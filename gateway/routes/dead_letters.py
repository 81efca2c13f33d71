"""Dead letters: what was given up after too many attempts or deaths, to be replayed or discarded."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from gateway.http import cursors
from gateway.http.deps import Cursor, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.problems import error_responses
from gateway.http.replies import to_response
from gateway.store.isolation import dead_letters
from imgdiff.errors import Conflict, IdempotencyInFlight, IdempotencyMismatch, InvalidRequest, NotFound, Overloaded
from imgdiff.jobs import DeadLetter, DeadLetterPage, Job

router = APIRouter(prefix="/v1/dead-letters", tags=["jobs"])
LetterId = Annotated[str, Path(description="Identifier, `dlt_` and 32 hexadecimal digits.")]


@router.get("")
def list_dead_letters(state: StateDep, page_size: PageSize, cursor: Cursor = None) -> DeadLetterPage:
    """The dead letters, newest first, also those that were replayed."""
    start = None if cursor is None else cursors.sequence(cursor)
    with state.database.reading() as session:
        found = dead_letters.before(session, state.tenant, start, page_size + 1)
    page, more = cursors.cut(found, page_size)
    return DeadLetterPage(dead_letters=page, next_cursor=more)


@router.get("/{id}", responses=error_responses(NotFound))
def read_dead_letter(id: LetterId, state: StateDep) -> DeadLetter:  # noqa: A002  the name in the route
    """One dead letter."""
    with state.database.reading() as session:
        return dead_letters.find(session, state.tenant, id)


@router.post(
    "/{id}/replay",
    status_code=202,
    response_model=Job,
    responses=error_responses(Conflict, IdempotencyInFlight, IdempotencyMismatch, InvalidRequest, NotFound, Overloaded),
)
def replay_dead_letter(id: LetterId, state: StateDep, key: IdempotencyKey) -> Response:  # noqa: A002
    """Submit the request again, with the same seed and donors, as a new job.

    What the first job has done is not done again, where its services are the same (`cached` of the job's stages); under
    `curate`, pairs that repeat a record are left out. 409 while the first job or an earlier replay still runs.
    """
    claimed = claim(state, key, f"POST /v1/dead-letters/{id}/replay", {})
    return to_response(state.jobs.replay(state.tenant, id, claimed, state.job_limit))


@router.delete("/{id}", status_code=204, responses=error_responses(NotFound))
def discard_dead_letter(id: LetterId, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """Take a dead letter off the list; its job stays."""
    with state.database.writing() as session:
        dead_letters.discard(session, state.tenant, id)
    return Response(status_code=204)
